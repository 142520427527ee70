#include "database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "terms.h"

struct database {
  char* directory;
  bool is_on;
};

static void free_state(void* state) {
  struct database* me = state;
  if (me != NULL) free(me->directory);
  free(me);
}

static char* copy_of(rsp_term text) {
  const char* bytes;
  size_t size;
  if (rsp_term_get_bytes(&bytes, &size, text) != RSP_OK) return NULL;
  char* copy = malloc(size + 1);
  if (copy != NULL) memcpy(copy, bytes, size + 1); /* a zero follows */
  return copy;
}

static rsp_next init(rsp_self* self, void* ctx, rsp_term args, rsp_server_return* ret) {
  (void)ctx;
  struct database* me = calloc(1, sizeof *me);
  if (me == NULL || (me->directory = copy_of(args)) == NULL) {
    free_state(me);
    return rsp_error(self, args);
  }
  me->is_on = true;
  ret->state = me;
  if (mkdir(me->directory, 0777) != 0 && errno != EEXIST) {
    rsp_term why = bytes(strerror(errno), strlen(strerror(errno)));
    ret->action = RSP_SERVER_STOP;
    ret->reason = tuple2(why, rsp_term_copy(args));
  }
  return RSP_NEXT_CONTINUE;
}

/* ---- Files. What is false is refused. ---- */

/* <directory>/<name><ending>, to be freed. */
static char* path_of(const struct database* me, rsp_term name, const char* ending) {
  const char* text;
  size_t size;
  if (rsp_term_get_bytes(&text, &size, name) != RSP_OK) return NULL;
  size_t length = strlen(me->directory) + 1 + size + strlen(ending) + 1;
  char* path = malloc(length);
  if (path != NULL) snprintf(path, length, "%s/%s%s", me->directory, text, ending);
  return path;
}

static bool read_file(struct text* out, const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return errno == ENOENT; /* a list without a file has no entries */
  char block[4096];
  bool good = true;
  size_t size;
  while (good && (size = fread(block, 1, sizeof block, file)) > 0) good = append(out, block, size);
  good = good && ferror(file) == 0;
  fclose(file);
  if (good && out->size > 0 && out->bytes[out->size - 1] != '\n') good = append(out, "\n", 1);
  return good;
}

static bool write_file(const char* path, const char* fresh, const char* text, size_t size) {
  FILE* file = fopen(fresh, "wb");
  if (file == NULL) return false;
  bool good = fwrite(text, 1, size, file) == size;
  good = fclose(file) == 0 && good;
  return good && rename(fresh, path) == 0;
}

/* ---- Requests ---- */

static rsp_term unavailable(void) {
  return tuple2(rsp_term_atom(words.error), rsp_term_atom(words.unavailable));
}

static rsp_term load(const struct database* me, rsp_term name) {
  struct text text = {NULL, 0};
  char* path = path_of(me, name, "");
  bool good = path != NULL && read_file(&text, path);
  rsp_term answer = good ? tuple2(rsp_term_atom(words.ok), bytes(text.size > 0 ? text.bytes : "", text.size))
                         : unavailable();
  free(text.bytes);
  free(path);
  return answer;
}

static rsp_term save(const struct database* me, rsp_term name, rsp_term text) {
  const char* bytes;
  size_t size;
  char* path = path_of(me, name, "");
  char* fresh = path_of(me, name, ".new");
  bool good = path != NULL && fresh != NULL && rsp_term_get_bytes(&bytes, &size, text) == RSP_OK &&
              write_file(path, fresh, bytes, size);
  free(path);
  free(fresh);
  return good ? tuple2(rsp_term_atom(words.ok), rsp_term_copy(text)) : unavailable();
}

static rsp_next handle_call(rsp_self* self, void* state, rsp_msg* msg, rsp_from from,
                            rsp_server_return* ret) {
  (void)from;
  struct database* me = state;
  rsp_term request = rsp_msg_term(msg);
  bool loads = is_tagged(request, words.load);
  ret->action = RSP_SERVER_REPLY;
  if (loads || is_tagged(request, words.save)) {
    if (!me->is_on) {
      ret->reply = unavailable();
      return RSP_NEXT_CONTINUE;
    }
    /* A disk takes its time: other processes run meanwhile. */
    if (rsp_blocking_begin(self) != RSP_OK) return rsp_error(self, request);
    ret->reply = loads ? load(me, element(request, 1)) : save(me, element(request, 1), element(request, 2));
    return rsp_blocking_end(self) == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
  }
  if (is_tagged(request, words.turn) && rsp_term_get_bool(&me->is_on, element(request, 1)) == RSP_OK)
    return RSP_NEXT_CONTINUE;
  if (!same_atom(request, words.available)) return rsp_error(self, request);
  ret->reply = rsp_term_bool(me->is_on);
  return RSP_NEXT_CONTINUE;
}

const rsp_server_ops DATABASE = {.size = sizeof(rsp_server_ops),
                                 .name = "database",
                                 .init = init,
                                 .handle_call = handle_call,
                                 .free_state = free_state};
