#include "core/otp/library.hpp"

#include <dlfcn.h>

#include "core/term/reason.hpp"

namespace rsp {
namespace {

env::Atomic<const rsp_api*>& api_table() {
  static env::Atomic<const rsp_api*> table{nullptr};
  return table;
}

const rsp_server_ops* refused(const StartSpec& spec, const char* why, Term* error) {
  Term path;
  Term symbol;
  Term text;
  Term tuple;
  rsp_result result = make_text(&path, spec.library);
  if (result == RSP_OK) result = make_text(&symbol, spec.symbol);
  if (result == RSP_OK) result = make_text(&text, why == nullptr ? "unknown" : why);
  if (result == RSP_OK) result = make_tuple(&tuple, {TermBits(ATOM_LIBRARY), path, symbol, text});
  *error = or_atom(result, std::move(tuple), ATOM_LIBRARY);
  return nullptr;
}

}  // namespace

// Release: pairs with the load in load_ops.
void set_api_table(const rsp_api* table) { api_table().store(table, env::RELEASE); }

const rsp_server_ops* load_ops(const StartSpec& spec, Term* error) {
  // Never closed: code of the library may still run in a process of an earlier start, and its type lives in
  // it.
  void* const handle = ::dlopen(spec.library, RTLD_NOW | RTLD_LOCAL);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): each thread has its own dlerror
  if (handle == nullptr) return refused(spec, ::dlerror(), error);
  void* const symbol = ::dlsym(handle, spec.symbol);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  if (symbol == nullptr) return refused(spec, ::dlerror(), error);
  const auto entry = reinterpret_cast<rsp_child_entry>(symbol);
  const rsp_server_ops* ops = nullptr;
  Exception escaped;
  // Acquire: pairs with set_api_table.
  if (guarded_apart(&escaped, [&] { ops = entry(api_table().load(env::ACQUIRE)); })) {
    return refused(spec, "the entry threw an exception", error);
  }
  if (ops == nullptr) return refused(spec, "the entry returned no server type", error);
  if (!is_readable(*ops)) {
    return refused(spec, "the entry returned a server type of another version", error);
  }
  if (ops->name == nullptr || ops->init == nullptr) {
    return refused(spec, "the entry returned a server type without name or init", error);
  }
  if (!is_server_type(*ops)) {
    return refused(spec, "the entry returned a server type with callbacks of two kinds", error);
  }
  return ops;
}

}  // namespace rsp
