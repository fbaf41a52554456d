// What a vector suite says of each case, and the row it makes.

/** Outcome of one vector file. */
export class Report {
  passed = 0;
  failed = 0;
  readonly skipped = new Map<string, number>();
  readonly failures: string[] = [];
  /** Flag of "acceptable" cases -> what castls does with them and why -> how many. */
  readonly decisions = new Map<string, Map<string, number>>();
  /** How cases were judged where that is not plain, and how many. */
  readonly notes = new Map<string, number>();
  /** Another's suite within the file -> its own counts, which are in those of the file as well. */
  readonly parts = new Map<string, { passed: number; failed: number; skipped: number }>();
  /** The one that the case at hand is of, if it is of any. */
  part: string | undefined;

  pass(): void {
    this.passed++;
    this.#ofPart('passed');
  }

  fail(id: string | number, why: string): void {
    this.failed++;
    this.#ofPart('failed');
    if (this.failures.length < 20) this.failures.push(`${id}: ${why}`);
  }

  /** A case that is not run, with the reason a reader needs. */
  skip(reason: string): void {
    count(this.skipped, reason);
    this.#ofPart('skipped');
  }

  check(id: string | number, ok: boolean, why: string): void {
    if (ok) this.pass();
    else this.fail(id, why);
  }

  /** Says of a case that counts otherwise how it was judged. */
  note(how: string): void {
    count(this.notes, how);
  }

  /**
   * Judges a Wycheproof case. "acceptable" cases pass either way; for each of their flags the decisions are counted.
   * @param accepted what castls did @param reason the rule by which castls decides such a case
   */
  wycheproof(test: WycheproofTest, accepted: boolean, reason: string): void {
    const { tcId, result, flags, comment } = test;
    if (result === 'acceptable') {
      const decision = `${accepted ? 'accepted' : 'refused'}: ${reason}`;
      for (const flag of flags?.length ? flags : ['(no flag)']) {
        let decisions = this.decisions.get(flag);
        if (decisions === undefined) this.decisions.set(flag, (decisions = new Map()));
        count(decisions, decision);
      }
      this.pass();
    } else if (result === 'valid' || result === 'invalid') {
      const right = accepted === (result === 'valid');
      this.check(tcId, right, `${result}, but ${accepted ? 'accepted' : 'refused'} (${comment ?? 'no comment'})`);
    } else {
      this.fail(tcId, `the result is ${JSON.stringify(result)}: not valid, invalid or acceptable`);
    }
  }

  #ofPart(outcome: 'passed' | 'failed' | 'skipped'): void {
    if (this.part === undefined) return;
    const counts = this.parts.get(this.part) ?? { passed: 0, failed: 0, skipped: 0 };
    counts[outcome]++;
    this.parts.set(this.part, counts);
  }

  get skips(): number {
    return [...this.skipped.values()].reduce((a, b) => a + b, 0);
  }

  /** The lines below a file's row. */
  details(): string[] {
    return [
      ...[...this.parts].map(
        ([part, n]) => `of it ${part}: ${n.passed} passed, ${n.failed} failed, ${n.skipped} skipped`,
      ),
      ...[...this.skipped].map(([reason, times]) => `skipped ${times}: ${reason}`),
      ...[...this.decisions].flatMap(([flag, decisions]) =>
        [...decisions].map(([decision, times]) => `acceptable ${flag}, ${times} ${decision}`),
      ),
      ...[...this.notes].map(([how, times]) => `note on ${times}: ${how}`),
      ...this.failures,
      ...(this.failed > this.failures.length ? [`and ${this.failed - this.failures.length} failures more`] : []),
    ];
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly flags?: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** A vector suite: which files it reads, and how. */
export interface Suite {
  /** Tested against the path below the vector directory, with forward slashes. */
  readonly files: RegExp;
  /** @param path of the file @param name path below the vector directory, what `files` matched */
  run(path: string, report: Report, name: string): void | Promise<void>;
}
