// What a vector suite says of each case, and the row it makes.

/** Outcome of one vector file. */
export class Report {
  passed = 0;
  failed = 0;
  readonly skipped = new Map<string, number>();
  readonly failures: string[] = [];
  /** Flag of an "acceptable" case -> what castls does with it and why. */
  readonly decisions = new Map<string, string>();

  pass(): void {
    this.passed++;
  }

  fail(id: string | number, why: string): void {
    this.failed++;
    if (this.failures.length < 20) this.failures.push(`${id}: ${why}`);
  }

  /** A case that is not run, with the reason a reader needs. */
  skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  check(id: string | number, ok: boolean, why: string): void {
    if (ok) this.pass();
    else this.fail(id, why);
  }

  /**
   * Judges a Wycheproof case. "acceptable" cases pass either way, but the decision for each of their flags is noted.
   * @param accepted what castls did @param reason why castls decides so for acceptable cases
   */
  wycheproof(test: WycheproofTest, accepted: boolean, reason = ''): void {
    if (test.result === 'acceptable') {
      for (const flag of test.flags?.length ? test.flags : ['(no flag)']) {
        this.decisions.set(flag, `${accepted ? 'accepted' : 'refused'}${reason ? `: ${reason}` : ''}`);
      }
      this.pass();
      return;
    }
    const expected = test.result === 'valid';
    this.check(
      test.tcId,
      accepted === expected,
      `${test.result}, but ${accepted ? 'accepted' : 'refused'} (${test.comment})`,
    );
  }

  get skips(): number {
    return [...this.skipped.values()].reduce((a, b) => a + b, 0);
  }
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
  run(path: string, report: Report): void | Promise<void>;
}
