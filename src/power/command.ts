/**
 * Power control by a program of the operator's: any PDU, hypervisor or smart plug that has a command. Pure.
 *
 * `{action}` and `{node}` in the arguments are replaced; the program is run as it is, without a shell. It ends with 0 when it
 * did what it was asked, and prints `on` or `off` as its last word when the action is `status`.
 */
import type { PowerSettings } from "#src/nodes/node.ts";
import { type Driver, quoteLastLine, type Ran, type Reading, type Verb } from "./driver.ts";
import type { PowerFault } from "./result.ts";

export type CommandSettings = Extract<PowerSettings, { driver: "command" }>;

export function commandDriver(name: string, settings: CommandSettings): Driver {
  const [program = "", ...words] = settings.command;
  // The program's arguments may hold a secret of the operator's, so sentences name the program only.
  const subject = `Power command ${program} of ${name}`;
  return {
    key: `command ${name}`,
    sessions: 1,
    invocation: (verb) =>
      verb === "boot-device"
        ? undefined
        : { program, args: words.map((word) => fillIn(word, { action: verb, node: name })), env: {} },
    read: (verb, ran) => readCommand({ verb, ran, subject }),
    unchanged: (wanted) =>
      `${subject} ended well, but its "status" does not say that the machine is ${wanted}`,
  };
}

/** One pass, so that a value that looks like a placeholder stays what it is. */
function fillIn(word: string, values: { readonly action: string; readonly node: string }): string {
  return word.replaceAll(/\{(action|node)\}/g, (_, key: "action" | "node") => values[key]);
}

type Said = { readonly verb: Verb; readonly ran: Ran; readonly subject: string };

function readCommand({ verb, ran, subject }: Said): Reading {
  switch (ran.kind) {
    case "missing":
      return fault("programMissing", `${subject} cannot be run: no such program, or not executable`);
    case "timeout":
      return fault("timeout", `${subject} did not finish "${verb}" within ${ran.limitMs / 1000} s`);
    case "ended":
      return ran.code === 0 ? readAnswer(verb, ran.stdout, subject) : refusal(verb, ran, subject);
  }
}

function readAnswer(verb: Verb, stdout: string, subject: string): Reading {
  if (verb !== "status") return { ok: true };
  const state = /\b(on|off)\W*$/i.exec(stdout)?.[1]?.toLowerCase();
  return state === "on" || state === "off"
    ? { ok: true, state }
    : fault(
        "unknownAnswer",
        `${subject} must print "on" or "off" for "status" and printed ${quoteLastLine(stdout)}`,
      );
}

function refusal(verb: Verb, ran: Extract<Ran, { kind: "ended" }>, subject: string): Reading {
  const said = quoteLastLine(ran.stderr || ran.stdout);
  return fault("refused", `${subject} failed at "${verb}" with exit code ${ran.code} and said ${said}`);
}

const fault = (kind: PowerFault, problem: string): Reading => ({ ok: false, kind, problem });
