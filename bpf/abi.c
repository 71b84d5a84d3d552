/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Compiles the shared layouts for the host, where their size asserts are checked. */
#include "fabric/abi.h"
