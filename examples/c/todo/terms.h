/* The words that the processes say to each other, and what makes messages of them. */
#ifndef EXAMPLE_TERMS_H
#define EXAMPLE_TERMS_H

#include <resprout/resprout.h>

/* Written by intern_words, before anything starts; then only read. */
struct words {
  rsp_atom ok, cached, error, unavailable, no_entry;  /* answers */
  rsp_atom load, save, turn, available;               /* of the database */
  rsp_atom entries, add, delete;                      /* of a list */
  rsp_atom system, database, cache, kill, restarting; /* names, and what the runtime says */
};
extern struct words words;

rsp_result intern_words(void);

/* A tuple of up to three terms, which it takes; nil without memory, and whoever gets that says what is wrong with it. */
rsp_term tuple2(rsp_term first, rsp_term second);
rsp_term tuple3(rsp_term first, rsp_term second, rsp_term third);
rsp_term bytes(const char* text, size_t size);

/* Whether it is a tuple that begins with this word. */
bool is_tagged(rsp_term term, rsp_atom word);
/* An element of a tuple, lent; nil: there is none. */
rsp_term element(rsp_term tuple, size_t index);

bool same_atom(rsp_term term, rsp_atom atom);
bool same_pid(rsp_pid a, rsp_pid b);

/* Text that grows. Zero it to begin. */
struct text {
  char* bytes;
  size_t size;
};
bool append(struct text* text, const char* bytes, size_t size);

#endif
