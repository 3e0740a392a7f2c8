import type { Command } from "commander";
import type { NameByPort, NamesByPort, NamingRuleCreate, NamingRuleView } from "#src/http/naming_types.ts";
import { EXIT, type ExitCode, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { type DryRun, withDryRun } from "./node_identity_commands.ts";
import { checkNodeSet } from "./node_names.ts";
import { table } from "./output.ts";

type PortOptions = DryRun & {
  readonly pattern: string;
  readonly switch?: string;
  readonly nodes?: string;
};
type RuleOptions = { readonly switch: string; readonly pattern: string; readonly register?: boolean };

const PATTERN = "for example rack2-u{port}, n{port+64:03}, {switch}-{unit}-{port:02}";

/** Names made of where machines are plugged in. */
export function namingCommands(node: Command, commands: Commands): void {
  const byPort = withDryRun(node.command("name-by-port"));
  byPort
    .requiredOption("--pattern <pattern>", PATTERN)
    .option("--switch <name>", 'only machines on this switch; "*" stands for any characters')
    .option("--nodes <nodes>", "only these; one that no switch has seen is a mistake");
  asking<PortOptions>(
    byPort.description("name machines by where they are plugged in, and register them: all or none"),
    commands,
    nameByPort,
  );

  const naming = node.command("naming").description("rules by which new machines are named at once");
  const list = naming.command("list").description("the rules, in the order in which they count");
  asking(list, commands, async ({ client, show }) => {
    const rules = await client.get<readonly NamingRuleView[]>("/identity/naming");
    show(rules, () => rulesText(rules));
  });

  const add = naming.command("add").description("name new machines on certain switches from now on");
  add
    .requiredOption("--switch <name>", 'name of the switch; "*" stands for any characters')
    .requiredOption("--pattern <pattern>", PATTERN)
    .option("--register", "new machines count as registered, as if they had been added");
  asking<RuleOptions>(add, commands, async ({ client, options, show }) => {
    const body: NamingRuleCreate = {
      switches: options.switch,
      pattern: options.pattern,
      register: options.register === true,
    };
    const rule = await client.send<NamingRuleView>("POST", "/identity/naming", body);
    show(rule, () => `Added rule ${rule.id}\n`);
  });

  const remove = naming.command("remove").argument("<number>", "as list shows it");
  asking(
    remove.description("end a rule; names that it gave stay"),
    commands,
    async ({ client, show }, id = "") => {
      if (!/^[1-9]\d{0,8}$/.test(id)) throw usageFault(`Cannot remove rule ${id}: wants its number`);
      await client.send("DELETE", `/identity/naming/${id}`);
      show({ removed: Number(id) }, () => `Removed rule ${id}\n`);
    },
  );
}

async function nameByPort({ client, options, show }: Context<PortOptions>): Promise<ExitCode> {
  if (options.nodes !== undefined) checkNodeSet(options.nodes);
  const body: NameByPort = {
    pattern: options.pattern,
    ...(options.switch === undefined ? {} : { switches: options.switch }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
    dryRun: options.dryRun === true,
  };
  const named = await client.send<NamesByPort>("POST", "/nodes/name-by-port", body);
  show(named, () => namesText(named));
  return named.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function namesText({ stored, names, problems }: NamesByPort): string {
  if (problems.length > 0) {
    const told = problems.map(({ problem }) => `${problem}\n`).join("");
    return `${told}Nothing was named: mend what is told above, or leave those machines out with --nodes\n`;
  }
  if (names.length === 0) return "Nothing was named: no machine was seen there\n";
  const rows = names.map(({ node, name, place }) => [node, name, place]);
  return table(["NODE", stored ? "IS NOW" : "WOULD BE", "AT"], rows);
}

const rulesText = (rules: readonly NamingRuleView[]): string =>
  table(
    ["RULE", "SWITCH", "PATTERN", "NEW MACHINES ARE"],
    rules.map(({ id, switches, pattern, register }) => [
      String(id),
      switches,
      pattern,
      register ? "registered" : "discovered",
    ]),
  );
