import type { ListenerLimits } from "./agent_listener.ts";

/** What the hub takes and waits for. */
export type HubLimits = ListenerLimits & {
  /** How often agents are pinged and looked after. */
  readonly pingMs: number;
  /** An agent that says nothing for this long is lost. */
  readonly silenceMs: number;
  /** How often agents send heartbeats. */
  readonly heartbeatMs: number;
  /** What a node says of LLDP sooner after the last time is passed over: agents wait 5 s. */
  readonly heardPauseMs: number;
};

export const HUB_LIMITS: HubLimits = {
  connections: 8192,
  strangers: 512,
  strangersPerAddress: 32,
  helloMs: 10_000,
  pingMs: 1000,
  silenceMs: 6000,
  heartbeatMs: 1000,
  heardPauseMs: 1000,
};
