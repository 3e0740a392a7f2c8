/** What goes wrong in a simulation, and when. Pure. */
import { cut, mend, resume, stop } from "./outage.ts";
import type { Fault, Target } from "./scenario.ts";
import { idealMs } from "./scenario.ts";
import type { SimNode } from "./sim_node.ts";
import type { Stage } from "./stage.ts";

/** Faults without a time happen in this part of the broadcast. */
const FROM_SHARE = 0.2;
const TO_SHARE = 0.7;
const LATE_SHARE = 0.7;
const FLAP_DOWN_MS = 2000;
const FLAP_UP_MS = 5000;
const HICCUP_EVERY_MS = 700;
const STARVED_SHARE = 0.2;

/** Plans all faults of the scenario. */
export function plague(stage: Stage): void {
  for (const fault of stage.scenario.faults) {
    const hit = chooseNodes(stage, fault.target);
    const base = fault.kind === "late" ? LATE_SHARE : FROM_SHARE + stage.random() * (TO_SHARE - FROM_SHARE);
    const atMs = timeOf(stage, fault, base);
    if (fault.kind === "restart") {
      stage.time.at(atMs, () => {
        stage.say({ kind: "fault", what: "restart", node: "appliance" });
        stage.appliance.restart(fault.forMs);
      });
      continue;
    }
    for (const node of hit) strike(stage, { fault, node, atMs });
  }
}

function timeOf({ scenario }: Stage, { at }: Fault, share: number): number {
  if (at && "ms" in at) return at.ms;
  return (at?.share ?? share) * idealMs(scenario);
}

/** Each node has one fault at most, as long as there are enough of them. */
function chooseNodes({ nodes, random, afflicted }: Stage, target: Target): readonly SimNode[] {
  const chosen = "node" in target ? nodes.filter(({ name }) => name === target.node) : [];
  const count = "node" in target ? 0 : target.count;
  const left = nodes.filter((node) => !afflicted.has(node));
  while (chosen.length < count && left.length > 0) {
    const [node] = left.splice(Math.floor(random() * left.length), 1);
    if (node) chosen.push(node);
  }
  for (const node of chosen) afflicted.add(node);
  return chosen;
}

type Strike = { readonly fault: Fault; readonly node: SimNode; readonly atMs: number };

function strike(stage: Stage, { fault, node, atMs }: Strike): void {
  if (fault.kind === "late") {
    stage.late.set(node, atMs);
    return;
  }
  stage.time.at(atMs, () => {
    if (!node.isAlive) return;
    stage.say({ kind: "fault", what: fault.kind, node: node.name });
    happen(stage, fault, node);
  });
}

function happen(stage: Stage, fault: Fault, node: SimNode): void {
  const { time, appliance } = stage;
  switch (fault.kind) {
    case "kill":
      giveUp(stage, node);
      node.die();
      appliance.died(node.name);
      return;
    case "off":
      giveUp(stage, node);
      goAway(stage, node);
      return;
    case "stop":
      stop(node);
      appliance.muted(node);
      if (fault.forMs === undefined) giveUp(stage, node);
      else time.after(fault.forMs, () => comeBack(stage, node));
      return;
    case "down":
      goAway(stage, node);
      if (fault.forMs === undefined) giveUp(stage, node);
      else time.after(fault.forMs, () => comeBack(stage, node));
      return;
    case "reboot":
      if (node.doneMs !== undefined) return;
      node.die();
      appliance.died(node.name);
      time.after(fault.forMs, () => {
        appliance.drop(node.name);
        node.bootAnew();
        appliance.join(node);
      });
      return;
    case "flap":
      flap(stage, node, fault.times);
      return;
    case "slow":
      for (const link of [node.egress, node.ingress]) link.bytesPerMs *= fault.share;
      return;
    case "disk":
      node.writer.bytesPerMs = Math.min(node.writer.bytesPerMs, node.ingress.bytesPerMs) * fault.share;
      return;
    case "flip":
      node.flips = fault.share;
      return;
    case "hiccup":
    case "starve":
      (fault.kind === "hiccup" ? hiccup : starve)(stage, node, fault.forMs);
      return;
    case "late":
    case "restart":
      return;
  }
}

function giveUp({ open, givenUp }: Stage, node: SimNode): void {
  open.delete(node);
  givenUp.add(node);
}

function goAway({ appliance }: Stage, node: SimNode): void {
  cut(node);
  appliance.muted(node);
}

function comeBack({ appliance, joinedMs }: Stage, node: SimNode): void {
  if (!node.isAlive) return;
  if (node.isStopped) resume(node);
  else mend(node);
  if (!node.isReachable || !joinedMs.has(node)) return;
  if (appliance.knows(node)) appliance.unmuted(node);
  else appliance.join(node);
}

function flap(stage: Stage, node: SimNode, times: number): void {
  goAway(stage, node);
  stage.time.after(FLAP_DOWN_MS, () => {
    comeBack(stage, node);
    if (times > 1)
      stage.time.after(FLAP_UP_MS, () => {
        if (node.isAlive) flap(stage, node, times - 1);
      });
  });
}

/** A virtual machine that gets a fifth of the processor now and then, for the rest of the broadcast: its kernel waits too. */
function starve(stage: Stage, node: SimNode, mostMs: number): void {
  const { time, random } = stage;
  node.lateMs = mostMs;
  time.after(HICCUP_EVERY_MS * (0.5 + random()), () => {
    node.ingress.bytesPerMs *= STARVED_SHARE;
    time.after(mostMs * (0.5 + random() / 2), () => {
      node.ingress.bytesPerMs /= STARVED_SHARE;
    });
    if (node.isAlive && node.doneMs === undefined) starve(stage, node, mostMs);
  });
}

/** Its process waits for the processor, now and then, for the rest of the broadcast. */
function hiccup(stage: Stage, node: SimNode, mostMs: number): void {
  const { time, random } = stage;
  time.after(HICCUP_EVERY_MS * (0.5 + random()), () => {
    node.dozesUntilMs = time.nowMs + mostMs * random();
    if (node.isAlive && node.doneMs === undefined) hiccup(stage, node, mostMs);
  });
}
