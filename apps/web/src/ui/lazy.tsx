/*
 * A component that is loaded when it is first drawn. Until it is here nothing stands in its place; when it cannot be had
 * the person is told, and the one who asked may take it off the screen again.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ComponentType, FunctionComponent } from "preact";
import { loadLateWords, loadWords } from "../i18n/translate.ts";
import { notifyProblem } from "../state/toasts.ts";

/** A component with the code that brings it. */
export interface LazyComponent<P> {
  readonly Component: FunctionComponent<P & { readonly onFail?: () => void }>;
  /** brings the code without drawing anything */
  readonly preload: () => Promise<void>;
}

/** Makes a component of the code that brings it. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  let Found: ComponentType<P> | undefined;
  const preload = async (): Promise<void> => {
    const [, found] = await Promise.all([loadLateWords(), load()]);
    Found ??= found;
  };
  return {
    preload,
    Component: ({ onFail, ...props }) => {
      const drawn = useSignal(0);
      void drawn.value;
      // Asked at drawing: the code may come between that and the effect, and has to be drawn all the same.
      const isMissing = Found === undefined;
      useEffect(() => {
        if (!isMissing) return;
        preload().then(
          () => (drawn.value += 1),
          () => {
            notifyProblem({ code: "client/no-route" });
            onFail?.();
          },
        );
      }, []);
      return Found === undefined ? null : <Found {...(props as unknown as P)} />;
    },
  };
}

/** As {@link lazy}, for what helps others: its words come along. */
export function lazyHelp<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("help")]))[0]);
}

/** As {@link lazy}, for the tools around the screens: their words come along. */
export function lazyTools<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("tools")]))[0]);
}

/** As {@link lazy}, for own devices and backups: their words come along. */
export function lazyDevices<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("devices")]))[0]);
}

/** As {@link lazy}, for what shows alerts, proofs and comparing: their words come along. */
export function lazyTrust<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("trust")]))[0]);
}

/** As {@link lazy}, for what people do with messages: its words come along. */
export function lazyTalk<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("talk")]))[0]);
}

/** As {@link lazy}, for who is in a group and how one comes into it: its words come along. */
export function lazyGroups<P extends object>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  return lazy(async () => (await Promise.all([load(), loadWords("groups")]))[0]);
}
