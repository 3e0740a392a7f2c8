import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { isForPeople } from "./serve.ts";
import { addServeCommand } from "./serve_command.ts";

const program = new Command("brigade").version(packageJson.version);
addServeCommand(program, packageJson.version);
try {
  await program.parseAsync();
} catch (fault) {
  if (!isForPeople(fault)) throw fault;
  process.stderr.write(`brigade: ${fault.message}\n`);
  process.exitCode = 1;
}
