import { describeProblem } from "#src/images/description_reader.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { LayoutProblem } from "./layouts.ts";

/** One line for a human: what was not done, what was found, what to do about it. */
export function describeLayoutProblem(problem: LayoutProblem): string {
  switch (problem.kind) {
    case "unknownLayout":
      return `No layout is called "${problem.layout}"; see "brigade layout list"`;
    case "badLayoutName":
      return `Cannot name a layout ${JSON.stringify(problem.name.slice(0, 80))}: wants ${problem.wanted}`;
    case "layoutTaken":
      return `Cannot add layout "${problem.layout}": it is there already; see "brigade layout show ${problem.layout}"`;
    case "bundledLayout":
      return `Cannot remove layout "${problem.layout}": it is part of the program`;
    case "layoutInUse":
      return `Cannot remove layout "${problem.layout}": ${problem.deployments.join(", ")} installs with it`;
    case "tooManyLayouts":
      return `Cannot add a layout: there are ${problem.most} already; remove some with "brigade layout remove"`;
    case "badLayout":
      return `Cannot read the layout: ${problem.problems.map(describeProblem).join("; ")}`;
    default:
      return unreachable(problem);
  }
}
