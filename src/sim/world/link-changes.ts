/** Links whose frames have another lot for a while. A route is looked up only while there are any. */
import type { Endpoint, Fault, LinkChange } from "./fault.ts";

type LinkFault = Fault & { readonly kind: "link" };

export class LinkChanges {
  private readonly active: LinkFault[] = [];

  get isAny(): boolean {
    return this.active.length > 0;
  }

  begin(fault: LinkFault): void {
    this.active.push(fault);
  }

  end(fault: LinkFault): void {
    this.active.splice(this.active.indexOf(fault), 1);
  }

  /** The profile as the changes of this route leave it: a later one wins. */
  profile<Profile extends object>(from: Endpoint, to: Endpoint, profile: Profile): Profile {
    let changed = profile;
    for (const fault of this.active) {
      const isOn = covers(fault, from, to) || (fault.isBothWays && covers(fault, to, from));
      if (isOn) changed = { ...changed, ...named(fault.change) };
    }
    return changed;
  }
}

function covers({ from, to }: LinkFault, source: Endpoint, target: Endpoint): boolean {
  return from.includes(source) && to.includes(target);
}

function named(change: LinkChange): Partial<LinkChange> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
