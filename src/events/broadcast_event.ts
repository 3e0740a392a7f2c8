import { unreachable } from "#src/value/unreachable.ts";

/** What became of the chains of a broadcast. */
export type BroadcastEvent =
  | {
      readonly kind: "badChunk";
      readonly deployment: string;
      readonly node: string;
      readonly chunk: number;
      readonly from: string;
    }
  | {
      readonly kind: "imageUnreadable";
      readonly image: string;
      readonly peer: string;
      readonly problem: string;
    }
  | {
      readonly kind: "nodeSlow";
      readonly deployment: string;
      readonly node: string;
      /** What holds it up. */
      readonly why: "disk" | "link";
      /** Bytes a second, its own and the others'. */
      readonly rate: number;
      readonly otherRate: number;
    }
  | { readonly kind: "nodeDistrusted"; readonly deployment: string; readonly node: string }
  | {
      readonly kind: "upstreamLeft";
      readonly deployment: string;
      readonly node: string;
      readonly from: string;
      readonly to: string;
    };

/** The sentences of `describeEvent` for these. */
export function describeBroadcast(event: BroadcastEvent): string {
  switch (event.kind) {
    case "badChunk":
      return `${event.deployment} ${event.node}: chunk ${event.chunk} from ${event.from} was damaged`;
    case "imageUnreadable":
      return `Image ${event.image} could not be sent to ${event.peer}: ${event.problem}`;
    case "nodeSlow":
      return `${event.deployment} ${event.node}: its ${event.why} is slow (${perSecond(event.rate)}, the others ${perSecond(event.otherRate)}); it feeds nobody from now on`;
    case "nodeDistrusted":
      return `${event.deployment} ${event.node}: sent damaged chunks twice; it feeds nobody from now on`;
    case "upstreamLeft":
      return `${event.deployment} ${event.node}: ${event.from} no longer fed it; it takes the image from ${event.to}`;
    default:
      return unreachable(event);
  }
}

const perSecond = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB/s`;
