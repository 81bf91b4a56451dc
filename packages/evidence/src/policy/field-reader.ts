/* Reads the fields of an object of unknown shape and gathers what is wrong with them, so that a person sees all of it at once. */
import type { PolicyFault, PolicyFaultCode } from "./terms.ts";

type Path = readonly (string | number)[];

/** One object; `fields` are all that may stand in it. */
export class FieldReader {
  readonly #path: Path;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #faults: PolicyFault[];

  constructor(path: Path, value: unknown, fields: readonly string[], faults: PolicyFault[]) {
    this.#path = path;
    this.#faults = faults;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    this.#values = isObject ? (value as Readonly<Record<string, unknown>>) : {};
    if (!isObject) this.#fault([], "wrong-type");
    for (const name of Object.keys(this.#values)) if (!fields.includes(name)) this.#fault([name], "unknown");
  }

  #fault(at: Path, code: PolicyFaultCode): undefined {
    this.#faults.push({ path: [...this.#path, ...at], code });
    return undefined;
  }

  fault(field: string, code: PolicyFaultCode): void {
    this.#fault([field], code);
  }

  #given(field: string): unknown {
    const value = Object.hasOwn(this.#values, field) ? this.#values[field] : undefined;
    return value === undefined ? this.#fault([field], "missing") : value;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#values, field);
  }

  text(field: string, maxChars: number): string {
    const value = this.#given(field);
    if (typeof value === "string" && value.trim() !== "" && value.length <= maxChars) return value;
    if (value !== undefined) this.#fault([field], "wrong-type");
    return "";
  }

  matching(field: string, form: RegExp, otherwise: PolicyFaultCode): string {
    const value = this.#given(field);
    if (typeof value === "string" && form.test(value)) return value;
    if (value !== undefined) this.#fault([field], otherwise);
    return "";
  }

  number(field: string, most: number): number {
    const value = this.#given(field);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    if (value !== undefined) this.#fault([field], "bad-number");
    return 0;
  }

  flag(field: string): boolean {
    const value = this.#given(field);
    if (typeof value === "boolean") return value;
    if (value !== undefined) this.#fault([field], "wrong-type");
    return false;
  }

  word<const Word extends string>(field: string, words: readonly Word[]): Word | undefined {
    const value = this.#given(field);
    if (value === undefined) return undefined;
    return words.find((word) => word === value) ?? this.#fault([field], "not-a-word");
  }

  words<const Word extends string>(field: string, words: readonly Word[]): readonly Word[] {
    return this.list(field).flatMap((value, at) => {
      const word = words.find((one) => one === value);
      if (word === undefined) this.#fault([field, at], "not-a-word");
      return word === undefined ? [] : [word];
    });
  }

  list(field: string): readonly unknown[] {
    const value = this.#given(field);
    if (Array.isArray(value)) return value as readonly unknown[];
    if (value !== undefined) this.#fault([field], "wrong-type");
    return [];
  }

  object(field: string, fields: readonly string[], at?: number): FieldReader {
    const path = at === undefined ? [field] : [field, at];
    const value = at === undefined ? this.#given(field) : this.list(field)[at];
    // Of what is missing nothing more is told.
    const faults = value === undefined ? [] : this.#faults;
    return new FieldReader([...this.#path, ...path], value, fields, faults);
  }
}
