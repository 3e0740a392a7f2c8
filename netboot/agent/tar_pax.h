/* What a tar says about a member in members before it: GNU's long names, and pax records. Parts of the walk. */
#ifndef AGENT_TAR_PAX_H
#define AGENT_TAR_PAX_H

#include "tar_walk.h"

bool tar_pax_take(struct tar_walk *walk);
void tar_pax_attributes(struct tar_walk *walk);

#endif
