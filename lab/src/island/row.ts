/* What a drill of a cut border came to. */

/** The numbers of `chapar lab island`; docs/lab.md says what each means. */
export interface IslandRow {
  readonly days: number;
  readonly people: number;
  readonly groups: number;
  /** groups whose epoch went on at the hub while the other side wrote in their branches */
  readonly changed: number;
  /** written while the border was cut */
  readonly messages: number;
  /** of them, by people who could not reach the hub of the room */
  readonly branched: number;
  /** pairs of a message and somebody who has to have it, its writer among them */
  readonly owed: number;
  /** of these, that are not there in the end */
  readonly lost: number;
  /** texts that somebody has more than once in the end, each surplus counted */
  readonly twice: number;
  /** lines that say that something is missing there */
  readonly gaps: number;
  /** groups in which not everybody reads everybody in the end, or whose title is not one */
  readonly forked: number;
  /** of all people */
  readonly alerts: number;
  /** pairs of a message and a reader on its writer's side */
  readonly owedInside: number;
  /** of these, that were not there half a minute after the last letter of the cut */
  readonly unreadInside: number;
  /** from the border's opening until everybody has everything, by the drill's clock */
  readonly mergeMs: number;
  /** the same, by the machine's clock and of its processor, without counting */
  readonly mergeRealMs: number;
  readonly mergeCpuMs: number;
  /** of the whole drill */
  readonly realMs: number;
  readonly cpuMs: number;
}
