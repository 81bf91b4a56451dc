/* A channel as it is now, and what a person does about it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ChannelCalls, ChannelView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";

/** Does it, shows what came of it, or why it did not. */
export type ChannelAct = (work: (channels: ChannelCalls) => Promise<unknown>) => void;

export function useChannel(id: string): { readonly channel: ChannelView | undefined; readonly act: ChannelAct } {
  const channel = useSignal<ChannelView | undefined>(undefined);
  const load = async (): Promise<void> => {
    channel.value = await (await engine()).channels.view(id);
  };
  useEffect(() => {
    load().catch(notifyProblem);
    return onEngineEvent((event) => {
      if (event.type === "conversation" && event.conversation === id) load().catch(notifyProblem);
    });
  }, [id]);
  const act: ChannelAct = (work) => {
    const run = async (): Promise<void> => {
      await work((await engine()).channels);
      await load();
    };
    run().catch(notifyProblem);
  };
  return { channel: channel.value, act };
}
