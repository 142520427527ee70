#define _POSIX_C_SOURCE 200809L /* getline */

#include "shell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"
#include "terms.h"

enum { PATIENCE_MS = 5000, MAX_FIELDS = 4, NAME_SIZE = 32 };

/* Who has a name now, and which incarnation that is. */
struct incarnation {
  char name[NAME_SIZE];
  rsp_pid pid;
  int number;
};

struct shell {
  rsp_self* self;
  rsp_pid system;
  rsp_term* reason_out;
  struct incarnation* known; /* database, cache, and the lists as they came */
  size_t count;
};

static const char* const USES[][2] = {{"add", "add <list> <date> <title>"},
                                      {"entries", "entries <list> <date>"},
                                      {"delete", "delete <list> <number>"},
                                      {"database", "database on|off"},
                                      {"crash", "crash database|cache|<list>"},
                                      {"status", "status"},
                                      {"quit", "quit"}};
enum { USE_COUNT = sizeof USES / sizeof *USES };

static bool is_part(const char* name) { return strcmp(name, "database") == 0 || strcmp(name, "cache") == 0; }

/* ---- Who is there ---- */

static struct incarnation* find(struct shell* shell, const char* name) {
  for (size_t i = 0; i < shell->count; i++)
    if (strcmp(shell->known[i].name, name) == 0) return &shell->known[i];
  return NULL;
}

/* From now on this is who has the name. */
static rsp_result meet(struct shell* shell, const char* name, rsp_pid pid) {
  struct incarnation* each = find(shell, name);
  if (each == NULL) {
    struct incarnation* grown = realloc(shell->known, (shell->count + 1) * sizeof *grown);
    if (grown == NULL) return RSP_ENOMEM;
    shell->known = grown;
    each = &grown[shell->count++];
    snprintf(each->name, sizeof each->name, "%s", name);
    each->number = 0;
  }
  rsp_ref monitor; /* its DOWN is known by the pid */
  each->pid = pid;
  each->number++;
  return rsp_monitor(shell->self, &monitor, pid, NULL);
}

static bool none(const rsp_msg* msg, void* ctx) {
  (void)msg, (void)ctx;
  return false;
}

/* Waits for whoever gets the name: looks each millisecond, and leaves all messages where they are. */
static rsp_result wait_for_name(rsp_self* self, rsp_pid* out, const char* name) {
  rsp_atom atom;
  rsp_result result = rsp_atom_intern(&atom, name, strlen(name));
  rsp_receive_opts pause = RSP_RECEIVE_OPTS_INIT;
  pause.timeout_ms = 1;
  pause.match = none;
  while (result == RSP_OK && (*out = rsp_whereis(atom)).id == 0) {
    rsp_msg* msg;
    result = rsp_receive(self, &msg, &pause);
    if (result == RSP_ETIMEDOUT) result = RSP_OK;
  }
  return result;
}

static rsp_result meet_again(struct shell* shell, const char* name) {
  rsp_pid pid;
  rsp_result result =
      is_part(name) ? wait_for_name(shell->self, &pid, name) : server_process(shell->self, &pid, name);
  return result == RSP_OK ? meet(shell, name, pid) : result;
}

static rsp_result active_children(struct shell* shell, int64_t* sum, rsp_pid supervisor) {
  rsp_term counts, active, key;
  rsp_atom word;
  int64_t number = 0;
  rsp_result result = rsp_supervisor_count_children(shell->self, &counts, supervisor, RSP_INFINITE);
  if (result != RSP_OK) return result;
  result = rsp_atom_intern(&word, "active", 6);
  key = rsp_term_atom(word);
  if (result == RSP_OK) result = rsp_term_map_get(&active, counts, key);
  if (result == RSP_OK) result = rsp_term_get_int(&number, active);
  rsp_term_free(counts);
  *sum += number;
  return result;
}

static rsp_result count_processes(struct shell* shell, int64_t* out) {
  *out = 1; /* the system itself */
  rsp_result result = active_children(shell, out, shell->system);
  return result == RSP_OK ? active_children(shell, out, find(shell, "cache")->pid) : result;
}

static rsp_result print_who(struct shell* shell) {
  int64_t processes;
  rsp_result result = count_processes(shell, &processes);
  if (result != RSP_OK) return result;
  for (size_t i = 0; i < shell->count; i++)
    printf("%s%s %d", i == 0 ? "" : ", ", shell->known[i].name, shell->known[i].number);
  printf("; %" PRId64 " processes", processes);
  return RSP_OK;
}

/* ---- Lists and the database ---- */

/* Calls a process; the request is freed, the answer is the caller's. */
static rsp_result call(struct shell* shell, rsp_msg** out, rsp_pid pid, rsp_term request) {
  rsp_result result = rsp_call(shell->self, out, shell->reason_out, pid, request, PATIENCE_MS);
  rsp_term_free(request);
  return result;
}

/* Asks a list, which is there from now on. Prints what is refused: then there is no answer. */
static rsp_result ask_list(struct shell* shell, rsp_msg** out, const char* name, rsp_term request) {
  rsp_pid pid;
  rsp_result result = server_process(shell->self, &pid, name);
  if (result == RSP_OK && find(shell, name) == NULL) result = meet(shell, name, pid);
  if (result != RSP_OK) {
    rsp_term_free(request);
    return result;
  }
  result = call(shell, out, pid, request);
  if (result != RSP_OK || !is_tagged(rsp_msg_term(*out), words.error)) return result;
  char text[40];
  result = rsp_term_format(text, sizeof text, NULL, element(rsp_msg_term(*out), 1));
  printf("error: %s: %s\n", name, text);
  rsp_msg_free(*out);
  *out = NULL;
  return result;
}

/* Prints the number that a list answers with, between two texts. */
static rsp_result change(struct shell* shell, const char* name, rsp_term request, const char* before,
                         const char* after) {
  rsp_msg* answer = NULL;
  int64_t number = 0;
  rsp_result result = ask_list(shell, &answer, name, request);
  if (result != RSP_OK || answer == NULL) return result;
  result = rsp_term_get_int(&number, element(rsp_msg_term(answer), 1));
  if (result == RSP_OK) printf("%s: %s%" PRId64 "%s\n", name, before, number, after);
  rsp_msg_free(answer);
  return result;
}

static rsp_result add(struct shell* shell, const char* name, const char* date, const char* title) {
  struct text line = {NULL, 0};
  bool good =
      append(&line, date, strlen(date)) && append(&line, " ", 1) && append(&line, title, strlen(title));
  rsp_term request = tuple2(rsp_term_atom(words.add), bytes(line.bytes, line.size));
  free(line.bytes);
  if (good) return change(shell, name, request, "entry ", "");
  rsp_term_free(request);
  return RSP_ENOMEM;
}

static rsp_result show_entries(struct shell* shell, const char* name, const char* date) {
  rsp_msg* answer = NULL;
  const char* titles;
  size_t size, count = 0;
  rsp_term request = tuple2(rsp_term_atom(words.entries), bytes(date, strlen(date)));
  rsp_result result = ask_list(shell, &answer, name, request);
  if (result != RSP_OK || answer == NULL) return result;
  rsp_term said = rsp_msg_term(answer);
  result = rsp_term_get_bytes(&titles, &size, element(said, 1));
  if (result == RSP_OK) {
    for (size_t i = 0; i < size; i++) count += titles[i] == '\n';
    printf("%s %s: %zu%s\n", name, date, count, is_tagged(said, words.cached) ? " (cached)" : "");
    fwrite(titles, 1, size, stdout);
  }
  rsp_msg_free(answer);
  return result;
}

static rsp_result turn(struct shell* shell, const char* state) {
  rsp_msg* answer = NULL;
  rsp_term request = tuple2(rsp_term_atom(words.turn), rsp_term_bool(strcmp(state, "on") == 0));
  rsp_result result = call(shell, &answer, find(shell, "database")->pid, request);
  rsp_msg_free(answer);
  if (result == RSP_OK) printf("the database is %s\n", state);
  return result;
}

static rsp_result show_status(struct shell* shell) {
  rsp_msg* answer = NULL;
  bool is_on;
  rsp_result result = call(shell, &answer, find(shell, "database")->pid, rsp_term_atom(words.available));
  if (result == RSP_OK) result = rsp_term_get_bool(&is_on, rsp_msg_term(answer));
  rsp_msg_free(answer);
  if (result == RSP_OK) result = print_who(shell);
  if (result == RSP_OK) printf("; the database is %s\n", is_on ? "on" : "off");
  return result;
}

/* ---- Crashes ---- */

struct end_of {
  rsp_pid pid;
  rsp_msg_kind kind;
};

static bool is_end(const rsp_msg* msg, void* ctx) {
  const struct end_of* end = ctx;
  return rsp_msg_get_kind(msg) == end->kind && same_pid(rsp_msg_from(msg), end->pid);
}

/* Waits for the end of a process, and prints it. The caller frees the message. */
static rsp_result say_end(struct shell* shell, rsp_msg** out, const char* name, rsp_pid pid,
                          rsp_msg_kind kind) {
  char reason[100];
  struct end_of end = {pid, kind};
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.match = is_end;
  opts.match_ctx = &end;
  rsp_result result = rsp_receive(shell->self, out, &opts);
  if (result == RSP_OK) result = rsp_term_format(reason, sizeof reason, NULL, rsp_msg_term(*out));
  if (result == RSP_OK) printf("%s ended: %s\n", name, reason);
  return result;
}

static rsp_result say_down(struct shell* shell, const struct incarnation* each) {
  rsp_msg* down = NULL;
  rsp_result result = say_end(shell, &down, each->name, each->pid, RSP_MSG_DOWN);
  rsp_msg_free(down);
  return result;
}

/* Asks until the supervisor has dealt with the end of this child. False: it has ended itself. */
static rsp_result is_replaced(struct shell* shell, bool* out, rsp_pid supervisor, rsp_pid lost) {
  for (bool waits = true; waits;) {
    rsp_term children;
    size_t count = 0;
    rsp_result result = rsp_supervisor_which_children(shell->self, &children, supervisor, RSP_INFINITE);
    *out = result == RSP_OK;
    if (result != RSP_OK) return result == RSP_EEXITED ? RSP_OK : result;
    result = rsp_term_size(&count, children);
    waits = false;
    for (size_t i = 0; i < count; i++) {
      rsp_term process = element(element(children, i), 1);
      rsp_pid pid;
      bool is_lost = rsp_term_get_pid(&pid, process) == RSP_OK && same_pid(pid, lost);
      waits = waits || is_lost || same_atom(process, words.restarting);
    }
    rsp_term_free(children);
    if (result != RSP_OK) return result;
  }
  return RSP_OK;
}

static rsp_result give_up(struct shell* shell) {
  rsp_msg* end = NULL;
  rsp_result result = say_end(shell, &end, "system", shell->system, RSP_MSG_EXIT);
  if (result == RSP_OK) *shell->reason_out = rsp_term_copy(rsp_msg_term(end));
  rsp_msg_free(end);
  return result == RSP_OK ? RSP_EEXITED : result;
}

/* What ended with it: `healed` the lists that are left, and the cache, for the database goes on; else all. */
static bool ended_too(const struct incarnation* each, const char* name, bool healed) {
  return strcmp(each->name, name) != 0 && !(healed && strcmp(each->name, "database") == 0);
}

static rsp_result after_crash(struct shell* shell, const char* name, bool alone, bool healed,
                              int64_t before) {
  rsp_result result = RSP_OK;
  for (size_t i = 0; i < shell->count && !alone && result == RSP_OK; i++)
    if (ended_too(&shell->known[i], name, healed)) result = say_down(shell, &shell->known[i]);
  if (result != RSP_OK) return result;
  if (!healed) return give_up(shell);
  result = meet_again(shell, name);
  for (size_t i = 0; i < shell->count && !alone && result == RSP_OK; i++)
    if (ended_too(&shell->known[i], name, healed)) result = meet_again(shell, shell->known[i].name);
  if (result != RSP_OK) return result;
  printf("again: ");
  result = print_who(shell);
  printf(", %" PRId64 " before\n", before);
  return result;
}

static rsp_result crash(struct shell* shell, const char* name) {
  struct incarnation* victim = find(shell, name);
  if (victim == NULL) {
    printf("error: nobody is called \"%s\": ", name);
    for (size_t i = 0; i < shell->count; i++) printf("%s%s", i == 0 ? "" : ", ", shell->known[i].name);
    printf("\n");
    return RSP_OK;
  }
  int64_t before = 0;
  rsp_pid lost = victim->pid, cache = find(shell, "cache")->pid;
  bool alone = false;
  rsp_result result = count_processes(shell, &before);
  if (result == RSP_OK) result = rsp_exit_signal(shell->self, lost, rsp_term_atom(words.kill));
  if (result == RSP_OK) result = say_down(shell, victim);
  if (result == RSP_OK && !is_part(name)) result = is_replaced(shell, &alone, cache, lost);
  bool healed = alone;
  if (result == RSP_OK && !alone)
    result = is_replaced(shell, &healed, shell->system, is_part(name) ? lost : cache);
  return result == RSP_OK ? after_crash(shell, name, alone, healed, before) : result;
}

/* ---- Commands ---- */

static bool check_list(const char* text) {
  size_t size = strlen(text);
  if (size < NAME_SIZE && text[0] >= 'a' && text[0] <= 'z' && !is_part(text) &&
      strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == size)
    return true;
  printf("error: \"%s\" is no name of a list: a letter, then up to 30 of a-z, 0-9 and _\n", text);
  return false;
}

static bool check_date(const char* text) {
  static const char SHAPE[] = "dddd-dd-dd";
  bool good = strlen(text) == strlen(SHAPE);
  for (size_t i = 0; good && i < strlen(SHAPE); i++)
    good = SHAPE[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == SHAPE[i];
  if (good) {
    int month = atoi(text + 5), day = atoi(text + 8);
    if (month >= 1 && month <= 12 && day >= 1 && day <= 31) return true;
  }
  printf("error: \"%s\" is no date: YYYY-MM-DD\n", text);
  return false;
}

static bool check_number(const char* text) {
  if (strlen(text) <= 9 && strspn(text, "0123456789") == strlen(text)) return true;
  printf("error: \"%s\" is no number of an entry\n", text);
  return false;
}

static const char* usage_of(const char* word) {
  for (size_t i = 0; i < USE_COUNT; i++)
    if (strcmp(USES[i][0], word) == 0) return USES[i][1];
  return NULL;
}

/* Cuts a line into up to four, between blanks; the fourth is all that is left. */
static size_t cut(char* fields[MAX_FIELDS], char* line) {
  size_t count = 0;
  for (;;) {
    fields[count++] = line;
    line += strcspn(line, " \t");
    if (count == MAX_FIELDS || *line == '\0') return count;
    *line++ = '\0';
    line += strspn(line, " \t");
  }
}

static rsp_result obey(struct shell* shell, char* command) {
  char* f[MAX_FIELDS];
  size_t count = cut(f, command);
  const char* usage = usage_of(f[0]);
  if (usage == NULL) {
    printf("error: there is no command \"%s\": ", f[0]);
    for (size_t i = 0; i < USE_COUNT; i++) printf("%s%s", i == 0 ? "" : ", ", USES[i][0]);
    printf("\n");
    return RSP_OK;
  }
  if (strcmp(f[0], "add") == 0 && count == 4)
    return check_list(f[1]) && check_date(f[2]) ? add(shell, f[1], f[2], f[3]) : RSP_OK;
  if (strcmp(f[0], "entries") == 0 && count == 3)
    return check_list(f[1]) && check_date(f[2]) ? show_entries(shell, f[1], f[2]) : RSP_OK;
  if (strcmp(f[0], "delete") == 0 && count == 3) {
    if (!check_list(f[1]) || !check_number(f[2])) return RSP_OK;
    rsp_term request = tuple2(rsp_term_atom(words.delete), rsp_term_int(strtol(f[2], NULL, 10)));
    return change(shell, f[1], request, "", " left");
  }
  if (strcmp(f[0], "database") == 0 && count == 2 && (strcmp(f[1], "on") == 0 || strcmp(f[1], "off") == 0))
    return turn(shell, f[1]);
  if (strcmp(f[0], "crash") == 0 && count == 2) return crash(shell, f[1]);
  if (strcmp(f[0], "status") == 0 && count == 1) return show_status(shell);
  printf("error: use: %s\n", usage);
  return RSP_OK;
}

/* Without the blanks around it; changed in its place. */
static char* trimmed(char* line) {
  line += strspn(line, " \t\r\n");
  size_t size = strlen(line);
  while (size > 0 && strchr(" \t\r\n", line[size - 1]) != NULL) size--;
  line[size] = '\0';
  return line;
}

rsp_result run_shell(rsp_self* self, rsp_term* reason_out, rsp_pid system, FILE* commands) {
  struct shell shell = {self, system, reason_out, NULL, 0};
  rsp_result result = meet_again(&shell, "database");
  if (result == RSP_OK) result = meet_again(&shell, "cache");
  char* line = NULL;
  size_t room = 0;
  while (result == RSP_OK && getline(&line, &room, commands) >= 0) {
    char* command = trimmed(line);
    if (command[0] == '\0' || command[0] == '#') continue;
    printf("> %s\n", command);
    if (strcmp(command, "quit") == 0) break;
    result = obey(&shell, command);
  }
  free(line);
  free(shell.known);
  return result;
}
