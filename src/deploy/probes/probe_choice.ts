/** How the system of a deployment proves itself, and whether that can work. Pure. */
import { type Probe, probeOf } from "#src/images/description.ts";
import type { DeploymentRequest } from "../deployment.ts";
import type { DeployableImage } from "../request_check.ts";
import { usesPhoneHome } from "../seed/seed.ts";

type Asked = Pick<DeploymentRequest, "probe" | "customize" | "seed" | "applianceKey" | "authorizedKeys">;

/** As the request says, else the image's description, else what its kind allows. */
export function probeFor({ probe, customize }: Asked, image: DeployableImage): Probe {
  if (probe) return probe;
  if (customize && !image.about?.probe) return { kind: "ssh-host-key" };
  return probeOf(image);
}

/** @returns a clause that says why it cannot be waited for */
export function probeProblem(asked: Asked, image: DeployableImage): string | undefined {
  const probe = probeFor(asked, image);
  switch (probe.kind) {
    case "ssh-host-key":
      return image.kind === "archive" || asked.customize
        ? undefined
        : "the SSH host key of a disk image is not known; give --customize, or another --probe";
    case "ssh":
      return letsUsIn(asked, image)
        ? undefined
        : "a probe by an SSH command needs the appliance's key in the new system: give --key, and --customize for a disk image, without --no-appliance-key";
    case "phone-home":
      return isToldHome(asked, image)
        ? undefined
        : "nothing in the new system would know where to call; give --customize, user data with {phone_home}, or another --probe";
    default:
      return undefined;
  }
}

const letsUsIn = (
  { customize, applianceKey = true, authorizedKeys }: Asked,
  { kind }: DeployableImage,
): boolean => applianceKey && authorizedKeys.length > 0 && (kind === "archive" || customize === true);

/** The file of the installation, or the user data, have the address. */
const isToldHome = ({ customize, seed }: Asked, { kind }: DeployableImage): boolean =>
  kind === "archive" || customize === true || (seed !== undefined && usesPhoneHome(seed));
