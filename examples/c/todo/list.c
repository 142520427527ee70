#include "list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terms.h"

enum { PATIENCE_MS = 5000 };

struct list {
  rsp_term name;
  rsp_term text; /* nil: nothing is known yet */
  /* Of the call that it is at: */
  rsp_term job;
  rsp_from from;
  int64_t number; /* what the answer will be when the database has saved the text */
};

static void free_state(void* state) {
  struct list* me = state;
  rsp_term_free(me->name);
  rsp_term_free(me->text);
  rsp_term_free(me->job);
  free(me);
}

static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)ctx;
  struct list* me = malloc(sizeof *me);
  if (me == NULL) return rsp_error(self, args);
  *me = (struct list){.name = rsp_term_copy(args), .text = rsp_term_nil(), .job = rsp_term_nil()};
  ret->state = me;
  return RSP_NEXT_CONTINUE;
}

static void replace(rsp_term* place, rsp_term with) {
  rsp_term_free(*place);
  *place = with;
}

/* ---- The lines of a text, each with its end ---- */

/* The next line, or NULL; `*at` is where it ends. */
static const char* next_line(size_t* length, const char** at, const char* end) {
  if (*at == end) return NULL;
  const char* line = *at;
  const char* stop = memchr(line, '\n', (size_t)(end - line));
  *at = stop == NULL ? end : stop + 1;
  *length = (size_t)(*at - line);
  return line;
}

static int64_t count_lines(struct text text) {
  int64_t count = 0;
  size_t length;
  const char* at = text.bytes;
  while (next_line(&length, &at, text.bytes + text.size) != NULL) count++;
  return count;
}

/* Those that begin with a day, without it, with their numbers. */
static bool titles(struct text* out, struct text text, const char* day, size_t day_size) {
  size_t length;
  int64_t number = 0;
  const char* at = text.bytes;
  for (const char* line; (line = next_line(&length, &at, text.bytes + text.size)) != NULL;) {
    char start[32];
    number++;
    if (length <= day_size || memcmp(line, day, day_size) != 0 || line[day_size] != ' ') continue;
    int size = snprintf(start, sizeof start, "  %" PRId64, number);
    if (!append(out, start, (size_t)size) || !append(out, line + day_size, length - day_size)) return false;
  }
  return true;
}

/* All but one; false: there is no such line, or no memory. */
static bool all_but(struct text* out, struct text text, int64_t number) {
  size_t length;
  int64_t count = 0;
  const char* at = text.bytes;
  bool found = false;
  for (const char* line; (line = next_line(&length, &at, text.bytes + text.size)) != NULL;) {
    if (++count == number) {
      found = true;
    } else if (!append(out, line, length)) {
      return false;
    }
  }
  return found;
}

/* ---- Calls: the database is asked, and `loaded` goes on; then it is told, and `saved` does. ---- */

static rsp_next answer(rsp_self* self, struct list* me, rsp_term term) {
  rsp_result result = rsp_reply(self, me->from, term);
  rsp_term_free(term);
  return result == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
}

static rsp_next refuse(rsp_self* self, struct list* me, rsp_atom why) {
  return answer(self, me, tuple2(rsp_term_atom(words.error), rsp_term_atom(why)));
}

/* Asks the database; the request is freed. */
static rsp_next ask(rsp_self* self, struct list* me, rsp_term request, rsp_continuation then) {
  rsp_ref ref;
  rsp_result result = rsp_send_request_name(self, &ref, words.database, request);
  rsp_term_free(request);
  return result == RSP_OK ? rsp_await(self, ref, PATIENCE_MS, then, me) : RSP_NEXT_STOP;
}

/* Whether the database has kept, or given, a text, which is then the one that is known. */
static bool take(struct list* me, const rsp_msg* msg) {
  rsp_term said = rsp_msg_term(msg);
  if (!is_tagged(said, words.ok)) return false;
  replace(&me->text, rsp_term_copy(element(said, 1)));
  return true;
}

/* A database that does not answer, or has ended, ends this server too. */
static bool is_answer(const rsp_msg* msg) { return msg != NULL && rsp_msg_get_kind(msg) != RSP_MSG_DOWN; }

static rsp_next saved(rsp_self* self, rsp_msg* msg, void* state) {
  struct list* me = state;
  if (!is_answer(msg)) return rsp_exit(self, rsp_msg_term(msg));
  if (!take(me, msg)) return refuse(self, me, words.unavailable);
  return answer(self, me, tuple2(rsp_term_atom(words.ok), rsp_term_int(me->number)));
}

static rsp_next save(rsp_self* self, struct list* me, struct text text, int64_t number) {
  me->number = number;
  rsp_term term = bytes(text.size > 0 ? text.bytes : "", text.size);
  return ask(self, me, tuple3(rsp_term_atom(words.save), rsp_term_copy(me->name), term), saved);
}

static rsp_next add(rsp_self* self, struct list* me, struct text known, struct text line) {
  struct text text = {NULL, 0};
  bool good = append(&text, known.bytes, known.size) && append(&text, line.bytes, line.size) &&
              append(&text, "\n", 1);
  rsp_next next = good ? save(self, me, text, count_lines(text)) : rsp_error(self, me->job);
  free(text.bytes);
  return next;
}

static rsp_next drop(rsp_self* self, struct list* me, struct text known, int64_t number) {
  struct text text = {NULL, 0};
  rsp_next next = all_but(&text, known, number) ? save(self, me, text, count_lines(text))
                                                : refuse(self, me, words.no_entry);
  free(text.bytes);
  return next;
}

static rsp_next show(rsp_self* self, struct list* me, struct text known, struct text day, bool is_fresh) {
  struct text shown = {NULL, 0};
  rsp_next next;
  if (titles(&shown, known, day.bytes, day.size)) {
    rsp_term tag = rsp_term_atom(is_fresh ? words.ok : words.cached);
    next = answer(self, me, tuple2(tag, bytes(shown.size > 0 ? shown.bytes : "", shown.size)));
  } else {
    next = rsp_error(self, me->job);
  }
  free(shown.bytes);
  return next;
}

/* Lent. */
static struct text text_of(rsp_term term) {
  const char* text;
  struct text lent = {NULL, 0};
  if (rsp_term_get_bytes(&text, &lent.size, term) == RSP_OK) lent.bytes = (char*)text;
  return lent;
}

static rsp_next loaded(rsp_self* self, rsp_msg* msg, void* state) {
  struct list* me = state;
  if (!is_answer(msg)) return rsp_exit(self, rsp_msg_term(msg));
  bool is_fresh = take(me, msg);
  if (rsp_term_kind(me->text) == RSP_KIND_NIL) return refuse(self, me, words.unavailable);
  struct text known = text_of(me->text);
  rsp_term what = element(me->job, 1);
  int64_t number;
  if (is_tagged(me->job, words.entries)) return show(self, me, known, text_of(what), is_fresh);
  if (!is_fresh) return refuse(self, me, words.unavailable);
  if (is_tagged(me->job, words.add)) return add(self, me, known, text_of(what));
  if (rsp_term_get_int(&number, what) != RSP_OK) return rsp_error(self, me->job);
  return drop(self, me, known, number);
}

static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from from,
                            rsp_server_return* ret) {
  (void)ret; /* the answer comes later */
  struct list* me = state;
  replace(&me->job, rsp_term_copy(rsp_msg_term(msg)));
  me->from = from;
  return ask(self, me, tuple2(rsp_term_atom(words.load), rsp_term_copy(me->name)), loaded);
}

const rsp_server_ops LIST = {.size = sizeof(rsp_server_ops),
                             .name = "list",
                             .init = init,
                             .handle_call = handle_call,
                             .free_state = free_state};
