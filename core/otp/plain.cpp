#include "core/otp/plain.hpp"

namespace rsp {
namespace {

struct Plain {
  StartSpec* spec;
  Starter starter;
};

Next start(Process& self, void* state) {
  Plain& plain = *static_cast<Plain*>(state);
  if (!register_started(self, plain.spec->name, plain.starter)) return Next::STOP;
  init_ack(self, plain.starter, ATOM_OK);
  const UserCode inside(self);
  return from_public(plain.spec->handler(to_public(self), nullptr, plain.spec->ctx));
}

Next message(Process& self, Envelope& envelope, void* state) {
  const Plain& plain = *static_cast<Plain*>(state);
  const UserCode inside(self);
  return from_public(plain.spec->handler(to_public(self), to_public(&envelope), plain.spec->ctx));
}

void drop(void* state) {
  Plain* const plain = static_cast<Plain*>(state);
  disown(plain->spec);
  mem_delete(plain);
}

void* new_state(StartSpec& spec, const Starter& starter) {
  Plain* const plain = mem_new<Plain>();
  if (plain != nullptr) *plain = Plain{share(&spec), starter};
  return plain;
}

const char* module(const StartSpec&) { return "handler"; }

}  // namespace

const StartKind& plain_kind() {
  static const Behaviour behaviour{&start, &message, &drop};
  static const StartKind kind{&behaviour, &new_state, &module};
  return kind;
}

}  // namespace rsp
