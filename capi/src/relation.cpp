// resprout/relation.h over core/proc: links, monitors, aliases.
#include "resprout/relation.h"

#include "capi/src/call.hpp"
#include "core/proc/link.hpp"
#include "core/proc/monitor.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

/** The three of links take the same and return the same. */
rsp_result relate(rsp_self* self, rsp_pid peer, rsp_result (*verb)(Process& self, Pid peer)) {
  if (!is_local(peer)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  return verb(call.self(), from_public(peer));
}

bool read_monitor_options(const rsp_monitor_opts* opts, MonitorOptions* out) {
  rsp_monitor_opts options;
  if (!read_options(opts, RSP_MONITOR_OPTS_INIT, &options)) return false;
  if (!is_alias_mode(options.alias) || !is_atom(options.tag)) return false;
  out->alias = alias_mode(options.alias);
  out->tag = from_public(options.tag);
  return true;
}

}  // namespace

extern "C" {

rsp_result rsp_link(rsp_self* self, rsp_pid peer) { return relate(self, peer, &rsp::link); }

rsp_result rsp_link_async(rsp_self* self, rsp_pid peer) { return relate(self, peer, &rsp::link_async); }

rsp_result rsp_unlink(rsp_self* self, rsp_pid peer) { return relate(self, peer, &rsp::unlink); }

rsp_result rsp_monitor(rsp_self* self, rsp_ref* out, rsp_pid target, const rsp_monitor_opts* opts) {
  MonitorOptions options;
  if (out == nullptr || !is_local(target) || !read_monitor_options(opts, &options)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef ref;
  const rsp_result result = monitor(call.self(), from_public(target), options, &ref);
  if (result == RSP_OK) *out = ref_to_public(ref);
  return result;
}

rsp_result rsp_monitor_name(rsp_self* self, rsp_ref* out, rsp_atom name, const rsp_monitor_opts* opts) {
  MonitorOptions options;
  if (out == nullptr || !is_name(name) || !read_monitor_options(opts, &options)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef ref;
  const rsp_result result = monitor_name(call.self(), from_public(name), options, &ref);
  if (result == RSP_OK) *out = ref_to_public(ref);
  return result;
}

rsp_result rsp_demonitor(rsp_self* self, bool* removed_out, rsp_ref monitor, bool flush) {
  if (!is_local(monitor)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  bool removed;
  bool flushed;
  demonitor(call.self(), local_of(monitor), flush, &removed, &flushed);
  if (removed_out != nullptr) *removed_out = removed;
  return RSP_OK;
}

rsp_result rsp_alias(rsp_self* self, rsp_ref* out, rsp_alias_mode mode) {
  if (out == nullptr || (mode != RSP_ALIAS_EXPLICIT && mode != RSP_ALIAS_REPLY)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  LocalRef ref;
  const rsp_result result = make_alias(call.self(), alias_mode(mode), &ref);
  if (result == RSP_OK) *out = ref_to_public(ref);
  return result;
}

rsp_result rsp_unalias(rsp_self* self, bool* was_on_out, rsp_ref alias) {
  if (!is_local(alias)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  const bool was_on = unalias(call.self(), local_of(alias));
  if (was_on_out != nullptr) *was_on_out = was_on;
  return RSP_OK;
}

}  // extern "C"
