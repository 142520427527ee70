#include "core/otp/caller_structs.hpp"

namespace rsp {

bool is_readable_throughout(const rsp_start_spec& spec) {
  if (!is_readable_inside(spec) || (spec.ops != nullptr && !is_readable(*spec.ops))) return false;
  return spec.more == nullptr || is_readable(*spec.more);
}

bool is_readable_throughout(const rsp_supervisor_spec& spec) {
  rsp_supervisor_spec ours;
  if (!read_struct(&ours, spec) || !is_readable_inside(ours.opts)) return false;
  return ours.init != nullptr || is_readable_throughout(ChildSpecs(ours.children, ours.child_count));
}

bool is_readable_throughout(const ChildSpecs& children) {
  if (!children.is_readable()) return false;
  for (size_t i = 0; i < children.size(); ++i) {
    const rsp_child_spec child = children[i];
    if (!is_readable_throughout(child.start)) return false;
    if (child.backoff != nullptr && !is_readable(*child.backoff)) return false;
    if (child.supervisor != nullptr && !is_readable_throughout(*child.supervisor)) return false;
  }
  return true;
}

}  // namespace rsp
