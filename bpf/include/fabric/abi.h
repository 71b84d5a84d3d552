/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Everything that programs and commands share. A struct changes its size or meaning only together with
 * FABRIC_ABI_VERSION; reserved bytes may be given a meaning that 0 does not contradict. */
#ifndef FABRIC_ABI_H
#define FABRIC_ABI_H

#define FABRIC_ABI_VERSION 3

#include "config.h"
#include "drop.h"
#include "endpoint.h"
#include "event.h"
#include "flow.h"
#include "health.h"
#include "identity.h"
#include "policy.h"
#include "route.h"
#include "types.h"

#endif
