/*
 * What a messaging system must offer to be put under load: the same shape for ours and for the peers it is compared with,
 * so that one generator drives both in the same run.
 */

/** One sender and one reader in a conversation of two. Messages are numbered by the generator. */
export interface Pair {
  /** Sends message `seq`: 1 KiB of text that begins with the number. */
  send(seq: number): void;
  /** Bytes the sender has queued and not handed to the network: the generator holds back above a mark. */
  readonly unsentBytes: number;
  /** Resolves when the system has taken everything sent so far: with a receipt for each where it gives receipts. */
  settled(): Promise<void>;
}

/** Told by a system as things happen; `seq` as given to `send`. */
export interface Listener {
  /** the reader has it */
  delivered(seq: number): void;
  /** the system gave its word (a receipt) for one more message; systems without acknowledgements never call it */
  acknowledged(): void;
}

/** A system under test, running as a process of its own on loopback. */
export interface System {
  readonly name: string;
  readonly version: string;
  /** whether an acknowledged or delivered message survives a power cut at that instant */
  readonly durable: boolean;
  /** Connects `count` pairs, both sides online. */
  pairs(count: number, listener: Listener): Promise<readonly Pair[]>;
  /** Connects `count` senders whose readers are away; `drain` brings the readers back and resolves when `expected` messages have come. */
  offline(
    count: number,
    listener: Listener,
  ): Promise<{ readonly pairs: readonly Pair[]; drain(expected: number): Promise<void> }>;
  /** One writer and `readers` readers of one room; each reader's copy is one `delivered`. */
  room(readers: number, listener: Listener): Promise<Pair>;
  /** Opens idle, authenticated connections up to `count` in all and answers the process's resident bytes. */
  idle(count: number): Promise<number>;
  /** Resident bytes of the system's process now. */
  residentBytes(): number;
  /** Processor time the system's process has taken so far, in ms; undefined where the machine does not tell. */
  cpuMs(): number | undefined;
  close(): Promise<void>;
}

/** 1 KiB of text: what every case sends, after the message's number. */
export const MESSAGE_BYTES = 1024;
