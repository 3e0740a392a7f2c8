import type { NamingRule, NamingRuleStore } from "#src/nodes/naming_rule.ts";
import type { NamingRuleRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";

export async function openNamingRules({ db, queue }: Parts): Promise<NamingRuleStore> {
  const rows = await db.selectFrom("naming_rules").selectAll().orderBy("id").execute();
  const rules = rows.map(ruleOf);
  return {
    all: () => rules,
    put: ({ id, switches, pattern, isRegistering }) => {
      const row = { id, switches, pattern, registers: Number(isRegistering) };
      return queue.write("namingRuleAdd", async (to) => {
        await to.replaceInto("naming_rules").values(row).execute();
      });
    },
    remove: (id) =>
      queue.write("namingRuleRemove", async (to) => {
        await to.deleteFrom("naming_rules").where("id", "=", id).execute();
      }),
  };
}

const ruleOf = ({ id, switches, pattern, registers }: NamingRuleRow): NamingRule => ({
  ...{ id, switches, pattern },
  isRegistering: registers === 1,
});
