import { unreachable } from "#src/value/unreachable.ts";
import type { StartProblem } from "./deployment.ts";

/** One line for a human: what was not done, what was found, what to do about it. */
export function describeStartProblem(problem: StartProblem): string {
  switch (problem.kind) {
    case "unknownImage":
      return `Cannot deploy "${problem.image}": no such image; see "brigade image list"`;
    case "ambiguousImage":
      return `Cannot tell which image "${problem.image}" is: say one of ${problem.labels.join(", ")}`;
    case "unsuitableImage":
      return `Cannot deploy "${problem.image}": ${problem.why}`;
    case "noNodes":
      return "Cannot deploy: the node set is empty";
    case "unknownNodes":
      return `Cannot deploy to ${problem.nodes.join(", ")}: no such node; see "brigade node list"`;
    case "noPower":
      return `Cannot deploy to ${problem.nodes.join(", ")}: no power control is configured; see "brigade node set --help"`;
    case "nodesBusy":
      return `Cannot deploy: ${problem.nodes
        .map(
          ({ node, deployment, owner, sinceMs }) =>
            `${node} is being installed by ${deployment}${owner === undefined ? "" : ` of ${owner}`} since ${new Date(sinceMs).toISOString()}`,
        )
        .join(", ")}; wait for it or cancel it with "brigade deployment cancel"`;
    case "spareTwice":
      return `Cannot deploy: ${problem.nodes.join(", ")} cannot be in the node set and in reserve`;
    case "protectedNodes":
      return `Cannot deploy to ${problem.nodes.join(", ")}: protected; an admin who means them says --force-protected`;
    case "unconfirmed":
      return problem.given === undefined
        ? `Cannot deploy to ${problem.nodes} nodes without a confirmation: say --yes-nodes ${problem.nodes}`
        : `Cannot deploy: "${problem.given}" nodes were confirmed, and it is ${problem.nodes}`;
    case "unknownStep":
      return `Cannot stop before "${problem.step}": the nodes do no such step, but ${problem.known.join(", ")}`;
    case "badOperation":
      return `Cannot use operation "${problem.operation}": ${problem.why}`;
    case "badSuccess":
      return `Cannot deploy: ${problem.wanted} of ${problem.nodes} nodes cannot succeed; ask for fewer with --success`;
    case "unsuitableNode":
      return `Cannot deploy to ${problem.node}: ${problem.why}`;
    case "noKey":
      return `Cannot deploy "${problem.image}": nobody could log in to it; give a public key with --key`;
    case "badSeed":
    case "unsuitableProbe":
      return `Cannot deploy: ${problem.why}`;
    case "badKey":
      return `Cannot deploy: ${JSON.stringify(problem.key.slice(0, 60))} is not an OpenSSH public key (TYPE BASE64 COMMENT)`;
    case "badTarget":
      return `Cannot deploy: ${problem.why}`;
    case "badDisk":
      return `Cannot deploy: ${JSON.stringify(problem.disk)} is not a disk, wanted a path such as /dev/vda`;
    default:
      return unreachable(problem);
  }
}
