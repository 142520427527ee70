// A native child in C++: its exceptions are exit reasons, at whatever place they leave it.
#include <atomic>
#include <stdexcept>

#include "resprout/api.h"

namespace {

std::atomic<const rsp_api*> table;

const rsp_api& rsp() {
  return *table.load(std::memory_order_relaxed);  // the same at each start
}

rsp_next init(rsp_self*, void*, rsp_term args, rsp_server_return*) {
  if (rsp().term_kind(args) == RSP_KIND_BOOL) throw std::runtime_error("no start");
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_call(rsp_self*, void*, rsp_msg*, rsp_from, rsp_server_return*) {
  throw std::out_of_range("no such thing");
}

rsp_server_ops thrower_ops() {
  rsp_server_ops ops = {};
  ops.size = sizeof(ops);
  ops.name = "thrower";
  ops.init = init;
  ops.handle_call = handle_call;
  return ops;
}

const rsp_server_ops THROWER = thrower_ops();

}  // namespace

extern "C" RSP_API const rsp_server_ops* thrower(const rsp_api* api) {
  table.store(api, std::memory_order_relaxed);
  return &THROWER;
}

extern "C" RSP_API const rsp_server_ops* throws_at_once(const rsp_api*) {
  throw std::runtime_error("not today");
}
