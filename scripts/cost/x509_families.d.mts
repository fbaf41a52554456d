/** A family of hostile inputs. */
export interface Family {
  readonly name: string;
  /** What it is for: the Certificate message of a peer, reading, or a file of keys. */
  readonly kind: 'message' | 'reading' | 'file';
  /**
   * @param n bytes, about
   * @param x509 the entry castls/x509
   * @returns the length of the input, and what has castls work on it: "accepted", "read" or the code of the error. A
   * message tells `work` what it is charged
   */
  make(
    n: number,
    x509: unknown,
  ): { readonly bytes: number; run(work?: { record(units: number): void }): Promise<string> };
}

export const x509Families: readonly Family[];
