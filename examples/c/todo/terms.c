#include "terms.h"

#include <stdlib.h>
#include <string.h>

struct words words;

rsp_result intern_words(void) {
  const struct {
    rsp_atom* out;
    const char* text;
  } all[] = {
      {&words.ok, "ok"},
      {&words.cached, "cached"},
      {&words.error, "error"},
      {&words.unavailable, "unavailable"},
      {&words.no_entry, "no_entry"},
      {&words.load, "load"},
      {&words.save, "save"},
      {&words.turn, "turn"},
      {&words.available, "available"},
      {&words.entries, "entries"},
      {&words.add, "add"},
      {&words.delete, "delete"},
      {&words.system, "system"},
      {&words.database, "database"},
      {&words.cache, "cache"},
      {&words.kill, "kill"},
      {&words.restarting, "restarting"},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    rsp_result result = rsp_atom_intern(all[i].out, all[i].text, strlen(all[i].text));
    if (result != RSP_OK) return result;
  }
  return RSP_OK;
}

static rsp_term tuple(const rsp_term* elements, size_t count) {
  rsp_term made;
  rsp_result result = rsp_term_tuple(&made, elements, count);
  for (size_t i = 0; i < count; i++) rsp_term_free(elements[i]); /* the tuple has references of its own */
  return result == RSP_OK ? made : rsp_term_nil();
}

rsp_term tuple2(rsp_term first, rsp_term second) {
  const rsp_term elements[] = {first, second};
  return tuple(elements, 2);
}

rsp_term tuple3(rsp_term first, rsp_term second, rsp_term third) {
  const rsp_term elements[] = {first, second, third};
  return tuple(elements, 3);
}

rsp_term bytes(const char* text, size_t size) {
  rsp_term made;
  return rsp_term_binary(&made, text, size) == RSP_OK ? made : rsp_term_nil();
}

rsp_term element(rsp_term tuple, size_t index) {
  rsp_term found;
  return rsp_term_element(&found, tuple, index) == RSP_OK ? found : rsp_term_nil();
}

bool same_atom(rsp_term term, rsp_atom atom) { return rsp_term_equal(term, rsp_term_atom(atom)); }

bool is_tagged(rsp_term term, rsp_atom word) {
  return rsp_term_kind(term) == RSP_KIND_TUPLE && same_atom(element(term, 0), word);
}

bool same_pid(rsp_pid a, rsp_pid b) { return a.id == b.id && a.node == b.node && a.creation == b.creation; }

bool append(struct text* text, const char* bytes, size_t size) {
  if (size == 0) return true;
  char* grown = realloc(text->bytes, text->size + size);
  if (grown == NULL) return false;
  memcpy(grown + text->size, bytes, size);
  text->bytes = grown;
  text->size += size;
  return true;
}
