// A plain handler as a child: counts as started as soon as it exists and has its name.
#pragma once

#include "core/otp/proc_lib.hpp"

namespace rsp {

const StartKind& plain_kind();

}  // namespace rsp
