/* The table of all functions, for code that the library loads: a native child is a shared library that
 * includes this header, links nothing of ours, and calls through the table that its entry receives. So there
 * is one copy of the runtime in the OS process, whatever the child was built with.
 *
 *     static _Atomic(const rsp_api*) rsp;       // entries run at each start, on any worker
 *
 *     RSP_API const rsp_server_ops* worker(const rsp_api* api)
 *     {
 *         if (api->size < sizeof *api) return NULL;    // the library is older than this header
 *         rsp = api;                                   // lives as long as the OS process
 *         return &worker_ops;
 *     }
 *     ...
 *         if (rsp->send(self, to, rsp->term_int(1)) != RSP_OK) return RSP_NEXT_STOP;
 *
 * A supervisor finds it by rsp_start_spec: library "./libworker.so", symbol "worker".
 *
 * A member is the function rsp_<member>, and the headers below document it. Where C or C++ has the word for
 * itself an underscore follows: register_, throw_, try_.
 *
 * The table only grows at its end, and `size` says how far it goes: a child that can do without a newer
 * function asks RSP_API_HAS. Written by tools/generate-api.
 */
#ifndef RESPROUT_API_H
#define RESPROUT_API_H

#include "resprout/agent.h"
#include "resprout/application.h"
#include "resprout/await.h"
#include "resprout/dictionary.h"
#include "resprout/ets.h"
#include "resprout/event.h"
#include "resprout/exception.h"
#include "resprout/ids.h"
#include "resprout/lane.h"
#include "resprout/message.h"
#include "resprout/name.h"
#include "resprout/partition.h"
#include "resprout/pg.h"
#include "resprout/process.h"
#include "resprout/registry.h"
#include "resprout/relation.h"
#include "resprout/report.h"
#include "resprout/request.h"
#include "resprout/resource.h"
#include "resprout/result.h"
#include "resprout/run.h"
#include "resprout/runtime.h"
#include "resprout/select.h"
#include "resprout/server.h"
#include "resprout/statem.h"
#include "resprout/supervisor.h"
#include "resprout/sys.h"
#include "resprout/task.h"
#include "resprout/term.h"
#include "resprout/timer.h"
#include "resprout/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
struct rsp_api {
  size_t size; /* of the library's table, in bytes: how far it goes */

  /* resprout/exception.h */
  rsp_next (*raise)(rsp_self* self, rsp_class exception_class, rsp_term value,
                    rsp_term frames) RSP_NODISCARD;
  rsp_next (*exit)(rsp_self* self, rsp_term reason) RSP_NODISCARD;
  rsp_next (*error)(rsp_self* self, rsp_term value) RSP_NODISCARD;
  rsp_next (*throw_)(rsp_self* self, rsp_term value) RSP_NODISCARD;
  rsp_result (*try_)(rsp_self* self, rsp_exception* out, rsp_next* next_out, rsp_body body, rsp_body after,
                     void* ctx) RSP_NODISCARD;
  rsp_result (*exception_reason)(rsp_term* out, const rsp_exception* exception) RSP_NODISCARD;
  void (*exception_free)(rsp_exception* exception);
  rsp_result (*exception_term)(rsp_term* out, rsp_atom language, const char* type, size_t type_len,
                               const char* message, size_t message_len, rsp_term frames) RSP_NODISCARD;

  /* resprout/lane.h */
  rsp_result (*lane_new)(rsp_lane** out, const rsp_lane_hooks* hooks, bool exclusive) RSP_NODISCARD;
  rsp_result (*lane_run)(rsp_lane* lane) RSP_NODISCARD;
  void (*lane_stop)(rsp_lane* lane);
  rsp_result (*lane_post)(rsp_lane* lane, void (*fn)(void* arg), void* arg) RSP_NODISCARD;
  void (*lane_free)(rsp_lane* lane);

  /* resprout/message.h */
  rsp_result (*send)(rsp_self* self, rsp_pid to, rsp_term term) RSP_NODISCARD;
  rsp_result (*send_native)(rsp_self* self, rsp_pid to, void* payload,
                            const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*send_name)(rsp_self* self, rsp_atom name, rsp_term term) RSP_NODISCARD;
  rsp_result (*send_alias)(rsp_self* self, rsp_ref alias, rsp_term term) RSP_NODISCARD;
  rsp_result (*reply)(rsp_self* self, rsp_from from, rsp_term term) RSP_NODISCARD;
  rsp_result (*reply_native)(rsp_self* self, rsp_from from, void* payload,
                             const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_msg_kind (*msg_get_kind)(const rsp_msg* msg);
  rsp_pid (*msg_from)(const rsp_msg* msg);
  rsp_term (*msg_term)(const rsp_msg* msg);
  void* (*msg_native)(const rsp_msg* msg, const rsp_native_ops* ops);
  void* (*msg_take_native)(rsp_msg* msg, const rsp_native_ops* ops);
  rsp_ref (*msg_ref)(const rsp_msg* msg);
  rsp_from (*msg_from_call)(const rsp_msg* msg);
  rsp_atom (*msg_tag)(const rsp_msg* msg);
  rsp_atom (*msg_name)(const rsp_msg* msg);
  void (*msg_free)(rsp_msg* msg);
  rsp_result (*receive)(rsp_self* self, rsp_msg** out, const rsp_receive_opts* opts) RSP_NODISCARD;
  rsp_result (*send_request)(rsp_self* self, rsp_ref* out, rsp_pid to, rsp_term term) RSP_NODISCARD;
  rsp_result (*send_request_native)(rsp_self* self, rsp_ref* out, rsp_pid to, void* payload,
                                    const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*receive_response)(rsp_self* self, rsp_msg** out, rsp_ref request,
                                 uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*abandon_request)(rsp_self* self, rsp_ref request) RSP_NODISCARD;
  rsp_result (*cast)(rsp_self* self, rsp_pid to, rsp_term term) RSP_NODISCARD;
  rsp_result (*cast_native)(rsp_self* self, rsp_pid to, void* payload,
                            const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_next (*await)(rsp_self* self, rsp_ref ref, uint64_t timeout_ms, rsp_continuation continuation,
                    void* ctx) RSP_NODISCARD;

  /* resprout/name.h */
  rsp_result (*register_)(rsp_self* self, rsp_atom name, rsp_pid pid) RSP_NODISCARD;
  rsp_result (*unregister)(rsp_self* self, rsp_atom name) RSP_NODISCARD;
  rsp_pid (*whereis)(rsp_atom name);

  /* resprout/process.h */
  rsp_result (*spawn)(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, const rsp_spawn_opts* opts,
                      rsp_handler handler, void* state, void (*state_free)(void* state)) RSP_NODISCARD;
  rsp_pid (*self_pid)(const rsp_self* self);
  rsp_self* (*current)(void);
  rsp_result (*exit_signal)(rsp_self* self, rsp_pid to, rsp_term reason) RSP_NODISCARD;
  rsp_result (*trap_exit)(rsp_self* self, bool* previous_out, bool on) RSP_NODISCARD;
  rsp_result (*checkpoint)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*is_alive)(rsp_self* self, bool* out, rsp_pid pid, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*alive_request)(rsp_self* self, rsp_ref* out, rsp_pid pid) RSP_NODISCARD;
  rsp_result (*process_info)(rsp_self* self, rsp_term* out, rsp_pid pid, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*process_info_request)(rsp_self* self, rsp_ref* out, rsp_pid pid) RSP_NODISCARD;
  rsp_result (*make_ref)(rsp_self* self, rsp_ref* out) RSP_NODISCARD;

  /* resprout/relation.h */
  rsp_result (*link)(rsp_self* self, rsp_pid peer) RSP_NODISCARD;
  rsp_result (*link_async)(rsp_self* self, rsp_pid peer) RSP_NODISCARD;
  rsp_result (*unlink)(rsp_self* self, rsp_pid peer) RSP_NODISCARD;
  rsp_result (*monitor)(rsp_self* self, rsp_ref* out, rsp_pid target,
                        const rsp_monitor_opts* opts) RSP_NODISCARD;
  rsp_result (*monitor_name)(rsp_self* self, rsp_ref* out, rsp_atom name,
                             const rsp_monitor_opts* opts) RSP_NODISCARD;
  rsp_result (*demonitor)(rsp_self* self, bool* removed_out, rsp_ref monitor, bool flush) RSP_NODISCARD;
  rsp_result (*alias)(rsp_self* self, rsp_ref* out, rsp_alias_mode mode) RSP_NODISCARD;
  rsp_result (*unalias)(rsp_self* self, bool* was_on_out, rsp_ref alias) RSP_NODISCARD;

  /* resprout/report.h */
  void (*set_report_sink)(rsp_report_sink sink, void* ctx);

  /* resprout/result.h */
  const char* (*result_name)(rsp_result result);
  const char* (*result_message)(rsp_result result);

  /* resprout/runtime.h */
  rsp_result (*runtime_start)(const rsp_runtime_opts* opts) RSP_NODISCARD;
  rsp_result (*runtime_stop)(uint64_t timeout_ms) RSP_NODISCARD;
  bool (*runtime_is_running)(void);
  rsp_result (*runtime_get_stats)(rsp_runtime_stats* out) RSP_NODISCARD;
  rsp_result (*attach)(rsp_self** out) RSP_NODISCARD;
  rsp_result (*detach)(rsp_self* self, rsp_term reason) RSP_NODISCARD;

  /* resprout/server.h */
  rsp_result (*server_start)(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, rsp_term* error_out,
                             const rsp_start_spec* spec, const rsp_start_opts* opts) RSP_NODISCARD;
  rsp_result (*call)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server, rsp_term request,
                     uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*call_native)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid server,
                            void* payload, const rsp_native_ops* ops, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*call_name)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom server,
                          rsp_term request, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*stop)(rsp_self* self, rsp_term* reason_out, rsp_pid pid, rsp_term reason,
                     uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/supervisor.h */
  rsp_result (*supervisor_start)(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                 const rsp_child_spec* children, size_t child_count,
                                 const rsp_supervisor_opts* opts,
                                 const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*supervisor_start_spec)(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                      const rsp_supervisor_spec* spec,
                                      const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*supervisor_start_child)(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_pid supervisor,
                                       const rsp_child_spec* child, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_which_children)(rsp_self* self, rsp_term* out, rsp_pid supervisor,
                                          uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/term.h */
  rsp_result (*atom_intern)(rsp_atom* out, const char* text, size_t len) RSP_NODISCARD;
  rsp_result (*atom_name)(const char** out, size_t* len_out, rsp_atom atom) RSP_NODISCARD;
  rsp_term (*term_nil)(void);
  rsp_term (*term_bool)(bool value);
  rsp_term (*term_int)(int64_t value);
  rsp_term (*term_float)(double value);
  rsp_term (*term_atom)(rsp_atom atom);
  rsp_term (*term_pid)(rsp_pid pid);
  rsp_result (*term_ref)(rsp_term* out, rsp_ref ref) RSP_NODISCARD;
  rsp_result (*term_binary)(rsp_term* out, const void* bytes, size_t len) RSP_NODISCARD;
  rsp_result (*term_string)(rsp_term* out, const char* text, size_t len) RSP_NODISCARD;
  rsp_result (*term_tuple)(rsp_term* out, const rsp_term* elements, size_t count) RSP_NODISCARD;
  rsp_result (*term_list)(rsp_term* out, const rsp_term* elements, size_t count) RSP_NODISCARD;
  rsp_result (*term_map)(rsp_term* out, const rsp_term_pair* pairs, size_t count) RSP_NODISCARD;
  rsp_term (*term_copy)(rsp_term term);
  void (*term_free)(rsp_term term);
  rsp_kind (*term_kind)(rsp_term term);
  rsp_result (*term_get_bool)(bool* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_int)(int64_t* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_float)(double* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_atom)(rsp_atom* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_pid)(rsp_pid* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_ref)(rsp_ref* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_get_bytes)(const char** out, size_t* len_out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_size)(size_t* out, rsp_term term) RSP_NODISCARD;
  rsp_result (*term_element)(rsp_term* out, rsp_term term, size_t index) RSP_NODISCARD;
  rsp_result (*term_map_get)(rsp_term* out, rsp_term map, rsp_term key) RSP_NODISCARD;
  rsp_result (*term_map_pair)(rsp_term* key_out, rsp_term* value_out, rsp_term map,
                              size_t index) RSP_NODISCARD;
  bool (*term_equal)(rsp_term a, rsp_term b);
  rsp_result (*term_compare)(int* out, rsp_term a, rsp_term b) RSP_NODISCARD;
  rsp_result (*term_format)(char* out, size_t capacity, size_t* len_out, rsp_term term) RSP_NODISCARD;

  /* resprout/timer.h */
  rsp_result (*send_after)(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to,
                           rsp_term term) RSP_NODISCARD;
  rsp_result (*send_after_name)(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_atom name,
                                rsp_term term) RSP_NODISCARD;
  rsp_result (*start_timer)(rsp_self* self, rsp_ref* out, uint64_t delay_ms, rsp_pid to,
                            rsp_term term) RSP_NODISCARD;
  rsp_result (*cancel_timer)(rsp_self* self, bool* active_out, uint64_t* remaining_ms_out,
                             rsp_ref timer) RSP_NODISCARD;
  rsp_result (*read_timer)(rsp_self* self, bool* active_out, uint64_t* remaining_ms_out,
                           rsp_ref timer) RSP_NODISCARD;

  /* resprout/runtime.h */
  rsp_result (*watch_waits)(rsp_self* self, uint64_t interval_ms, bool (*is_over)(void* ctx),
                            void* ctx) RSP_NODISCARD;

  /* resprout/message.h */
  rsp_result (*put_back)(rsp_self* self, rsp_msg* msg) RSP_NODISCARD;

  /* resprout/version.h */
  uint32_t (*version_number)(void);
  const char* (*version_string)(void);

  /* resprout/process.h */
  rsp_result (*blocking_begin)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*blocking_end)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*limit_mailbox)(rsp_self* self, uint32_t max_messages, uint64_t max_message_bytes,
                              rsp_overflow overflow) RSP_NODISCARD;
  bool (*is_pressed)(rsp_pid pid);
  rsp_result (*bump_reductions)(rsp_self* self, uint32_t reductions) RSP_NODISCARD;

  /* resprout/resource.h */
  rsp_result (*region_alloc)(rsp_self* self, void** out, size_t bytes) RSP_NODISCARD;
  rsp_result (*region_free)(rsp_self* self, void* piece, size_t bytes) RSP_NODISCARD;
  rsp_result (*resource_add)(rsp_self* self, rsp_resource* out, void (*release)(void* ctx),
                             void* ctx) RSP_NODISCARD;
  rsp_result (*resource_remove)(rsp_self* self, rsp_resource resource) RSP_NODISCARD;

  /* resprout/select.h */
  rsp_result (*select)(rsp_self* self, rsp_ref* out, int fd, uint32_t mode) RSP_NODISCARD;
  rsp_result (*cancel_select)(rsp_self* self, bool* active_out, rsp_ref registration) RSP_NODISCARD;

  /* resprout/supervisor.h */
  rsp_result (*supervisor_count_children)(rsp_self* self, rsp_term* out, rsp_pid supervisor,
                                          uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_terminate_child)(rsp_self* self, rsp_term* error_out, rsp_pid supervisor,
                                           rsp_term id, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_restart_child)(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                         rsp_pid supervisor, rsp_term id, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_delete_child)(rsp_self* self, rsp_term* error_out, rsp_pid supervisor, rsp_term id,
                                        uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_get_childspec)(rsp_self* self, rsp_term* out, rsp_term* error_out,
                                         rsp_pid supervisor, rsp_term id, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_check_childspecs)(rsp_term* error_out, const rsp_child_spec* children,
                                            size_t child_count,
                                            rsp_auto_shutdown auto_shutdown) RSP_NODISCARD;
  rsp_result (*supervisor_start_child_args)(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                                            rsp_pid supervisor, rsp_term args,
                                            uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/request.h */
  rsp_result (*send_request_name)(rsp_self* self, rsp_ref* out, rsp_atom name, rsp_term term) RSP_NODISCARD;
  rsp_result (*send_request_name_native)(rsp_self* self, rsp_ref* out, rsp_atom name, void* payload,
                                         const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*wait_response)(rsp_self* self, rsp_msg** out, rsp_ref request,
                              uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*check_response)(const rsp_msg* msg, rsp_ref request) RSP_NODISCARD;
  bool (*msg_is_reply)(const rsp_msg* msg);
  rsp_result (*cast_name)(rsp_self* self, rsp_atom name, rsp_term term) RSP_NODISCARD;
  rsp_result (*cast_name_native)(rsp_self* self, rsp_atom name, void* payload,
                                 const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*reqids_new)(rsp_self* self, rsp_reqids** out) RSP_NODISCARD;
  void (*reqids_free)(rsp_self* self, rsp_reqids* ids);
  rsp_result (*reqids_add)(rsp_reqids* ids, rsp_ref request, rsp_term label) RSP_NODISCARD;
  rsp_result (*reqids_send_request)(rsp_self* self, rsp_reqids* ids, rsp_pid to, rsp_term term,
                                    rsp_term label) RSP_NODISCARD;
  size_t (*reqids_size)(const rsp_reqids* ids);
  void (*reqids_to_list)(rsp_ref* requests_out, rsp_term* labels_out, size_t capacity,
                         const rsp_reqids* ids);
  rsp_result (*reqids_get)(rsp_term* label_out, rsp_reqids* ids, rsp_ref request,
                           bool delete_it) RSP_NODISCARD;
  rsp_result (*reqids_receive_response)(rsp_self* self, rsp_msg** out, rsp_term* label_out, rsp_reqids* ids,
                                        bool delete_it, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*reqids_wait_response)(rsp_self* self, rsp_msg** out, rsp_term* label_out, rsp_reqids* ids,
                                     bool delete_it, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*reqids_check_response)(rsp_term* label_out, rsp_reqids* ids, const rsp_msg* msg,
                                      bool delete_it) RSP_NODISCARD;
  rsp_atom (*node)(void);
  rsp_result (*multi_call)(rsp_self* self, rsp_msg** replies_out, const rsp_atom* nodes, size_t node_count,
                           rsp_atom name, rsp_term request, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*abcast)(rsp_self* self, const rsp_atom* nodes, size_t node_count, rsp_atom name,
                       rsp_term request) RSP_NODISCARD;

  /* resprout/registry.h */
  rsp_result (*registry_spec)(rsp_start_spec* out, const rsp_registry_opts* opts) RSP_NODISCARD;
  rsp_result (*registry_start)(rsp_self* self, rsp_pid* out, rsp_term* error_out,
                               const rsp_registry_opts* opts,
                               const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*registry_register)(rsp_self* self, rsp_pid* holder_out, rsp_atom registry, rsp_term key,
                                  rsp_term value) RSP_NODISCARD;
  rsp_result (*registry_unregister)(rsp_self* self, rsp_atom registry, rsp_term key) RSP_NODISCARD;
  rsp_result (*registry_update_value)(rsp_self* self, rsp_term* old_out, rsp_atom registry, rsp_term key,
                                      rsp_term value) RSP_NODISCARD;
  rsp_result (*registry_lookup)(rsp_term* out, rsp_atom registry, rsp_term key) RSP_NODISCARD;
  rsp_result (*registry_match)(rsp_term* out, rsp_atom registry, rsp_term key,
                               rsp_term pattern) RSP_NODISCARD;
  rsp_result (*registry_whereis)(rsp_pid* out, rsp_atom registry, rsp_term key) RSP_NODISCARD;
  rsp_result (*registry_keys)(rsp_term* out, rsp_atom registry, rsp_pid pid) RSP_NODISCARD;
  rsp_result (*registry_count)(uint64_t* out, rsp_atom registry) RSP_NODISCARD;
  rsp_result (*registry_meta)(rsp_term* out, rsp_atom registry, rsp_term key) RSP_NODISCARD;
  rsp_result (*registry_put_meta)(rsp_atom registry, rsp_term key, rsp_term value) RSP_NODISCARD;
  rsp_result (*registry_delete_meta)(rsp_atom registry, rsp_term key) RSP_NODISCARD;
  rsp_result (*send_via)(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term) RSP_NODISCARD;
  rsp_result (*cast_via)(rsp_self* self, rsp_atom registry, rsp_term key, rsp_term term) RSP_NODISCARD;
  rsp_result (*call_via)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom registry,
                         rsp_term key, rsp_term request, uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/report.h */
  rsp_result (*set_report_contents)(uint64_t contents) RSP_NODISCARD;

  /* resprout/run.h */
  rsp_result (*run)(int* status_out, rsp_term* reason_out, const rsp_supervisor_spec* top,
                    const rsp_run_opts* opts) RSP_NODISCARD;
  rsp_result (*init_stop)(int status) RSP_NODISCARD;

  /* resprout/task.h */
  rsp_result (*task_async)(rsp_self* self, rsp_task* out, const rsp_start_spec* spec) RSP_NODISCARD;
  rsp_result (*task_supervisor_async)(rsp_self* self, rsp_task* out, rsp_term* error_out, rsp_pid supervisor,
                                      const rsp_start_spec* spec) RSP_NODISCARD;
  rsp_result (*task_supervisor_async_nolink)(rsp_self* self, rsp_task* out, rsp_term* error_out,
                                             rsp_pid supervisor, const rsp_start_spec* spec) RSP_NODISCARD;
  rsp_result (*task_await)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_task task,
                           uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*task_yield)(rsp_self* self, rsp_msg** out, rsp_task task, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*task_shutdown)(rsp_self* self, rsp_msg** out, rsp_task task, rsp_shutdown how,
                              uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*task_ignore)(rsp_self* self, rsp_msg** out, rsp_task task) RSP_NODISCARD;
  rsp_result (*task_async_stream)(rsp_self* self, rsp_task_stream* out,
                                  const rsp_task_stream_opts* opts) RSP_NODISCARD;
  rsp_result (*task_stream_next)(rsp_self* self, rsp_task_stream_event* out, rsp_msg** msg_out,
                                 rsp_task_stream stream) RSP_NODISCARD;
  rsp_result (*task_stream_supply)(rsp_self* self, rsp_task_stream stream,
                                   const rsp_start_spec* spec) RSP_NODISCARD;
  rsp_result (*task_stream_end_input)(rsp_self* self, rsp_task_stream stream) RSP_NODISCARD;
  rsp_result (*task_stream_halt)(rsp_self* self, rsp_task_stream stream) RSP_NODISCARD;

  /* resprout/agent.h */
  rsp_result (*agent_spec)(rsp_start_spec* out, const rsp_agent_opts* opts) RSP_NODISCARD;
  rsp_result (*agent_start)(rsp_self* self, rsp_pid* out, rsp_term* error_out, const rsp_agent_opts* opts,
                            const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*agent_get)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid agent,
                          uint64_t timeout_ms, rsp_agent_read read, void* ctx,
                          void (*ctx_free)(void* ctx)) RSP_NODISCARD;
  rsp_result (*agent_update)(rsp_self* self, rsp_term* reason_out, rsp_pid agent, uint64_t timeout_ms,
                             rsp_agent_change change, void* ctx, void (*ctx_free)(void* ctx)) RSP_NODISCARD;
  rsp_result (*agent_get_and_update)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid agent,
                                     uint64_t timeout_ms, rsp_agent_change change, void* ctx,
                                     void (*ctx_free)(void* ctx)) RSP_NODISCARD;
  rsp_result (*agent_cast)(rsp_self* self, rsp_pid agent, rsp_agent_change change, void* ctx,
                           void (*ctx_free)(void* ctx)) RSP_NODISCARD;

  /* resprout/partition.h */
  rsp_result (*partition_count)(uint64_t* out, rsp_atom supervisor) RSP_NODISCARD;
  rsp_result (*partition_whereis)(rsp_pid* out, rsp_atom supervisor, rsp_term key) RSP_NODISCARD;
  rsp_result (*partition_send)(rsp_self* self, rsp_atom supervisor, rsp_term key,
                               rsp_term term) RSP_NODISCARD;
  rsp_result (*partition_cast)(rsp_self* self, rsp_atom supervisor, rsp_term key,
                               rsp_term term) RSP_NODISCARD;
  rsp_result (*partition_call)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom supervisor,
                               rsp_term key, rsp_term request, uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/await.h */
  rsp_next (*await_start)(rsp_self* self, const rsp_start_spec* spec, const rsp_start_opts* opts,
                          rsp_outcome_continuation continuation, void* ctx) RSP_NODISCARD;
  rsp_next (*await_start_supervisor)(rsp_self* self, const rsp_supervisor_spec* spec,
                                     const rsp_start_opts* opts, rsp_outcome_continuation continuation,
                                     void* ctx) RSP_NODISCARD;
  rsp_next (*await_stop)(rsp_self* self, rsp_pid pid, rsp_term reason, uint64_t timeout_ms,
                         rsp_outcome_continuation continuation, void* ctx) RSP_NODISCARD;

  /* resprout/supervisor.h */
  rsp_result (*supervisor_start_child_info)(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                            rsp_term* error_out, rsp_pid supervisor,
                                            const rsp_child_spec* child, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_start_child_args_info)(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                                 rsp_term* error_out, rsp_pid supervisor, rsp_term args,
                                                 uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*supervisor_restart_child_info)(rsp_self* self, rsp_pid* out, rsp_term* info_out,
                                              rsp_term* error_out, rsp_pid supervisor, rsp_term id,
                                              uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/server.h */
  rsp_result (*call_name_native)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_atom server,
                                 void* payload, const rsp_native_ops* ops,
                                 uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/process.h */
  rsp_result (*suspend)(rsp_self* self, rsp_pid pid, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*suspend_request)(rsp_self* self, rsp_ref* out, rsp_pid pid) RSP_NODISCARD;
  rsp_result (*resume)(rsp_self* self, rsp_pid pid) RSP_NODISCARD;

  /* resprout/statem.h */
  rsp_result (*statem_next_state)(rsp_self* self, rsp_term state) RSP_NODISCARD;
  rsp_result (*statem_repeat_state)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*statem_postpone)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*statem_next_event)(rsp_self* self, rsp_event_type type, rsp_from from,
                                  rsp_term content) RSP_NODISCARD;
  rsp_result (*statem_next_event_native)(rsp_self* self, rsp_event_type type, rsp_from from, void* payload,
                                         const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*statem_timeout)(rsp_self* self, rsp_event_type type, rsp_term name, uint64_t time_ms,
                               rsp_term content) RSP_NODISCARD;
  rsp_result (*statem_update_timeout)(rsp_self* self, rsp_event_type type, rsp_term name,
                                      rsp_term content) RSP_NODISCARD;
  rsp_result (*statem_cancel_timeout)(rsp_self* self, rsp_event_type type, rsp_term name) RSP_NODISCARD;
  rsp_result (*statem_state_enter)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*statem_state)(rsp_self* self, rsp_term* out) RSP_NODISCARD;

  /* resprout/ets.h */
  rsp_result (*ets_new)(rsp_self* self, rsp_ref* out, const rsp_ets_opts* opts) RSP_NODISCARD;
  rsp_result (*ets_whereis)(rsp_ref* out, rsp_atom name) RSP_NODISCARD;
  rsp_result (*ets_delete)(rsp_self* self, rsp_ref table) RSP_NODISCARD;
  rsp_result (*ets_give_away)(rsp_self* self, rsp_ref table, rsp_pid to, rsp_term data) RSP_NODISCARD;
  rsp_result (*ets_set_heir)(rsp_self* self, rsp_ref table, rsp_pid heir, rsp_term data) RSP_NODISCARD;
  rsp_result (*ets_insert)(rsp_self* self, rsp_ref table, rsp_term key, rsp_term value) RSP_NODISCARD;
  rsp_result (*ets_insert_new)(rsp_self* self, bool* out, rsp_ref table, rsp_term key,
                               rsp_term value) RSP_NODISCARD;
  rsp_result (*ets_lookup)(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key) RSP_NODISCARD;
  rsp_result (*ets_member)(rsp_self* self, bool* out, rsp_ref table, rsp_term key) RSP_NODISCARD;
  rsp_result (*ets_take)(rsp_self* self, rsp_term* out, rsp_ref table, rsp_term key) RSP_NODISCARD;
  rsp_result (*ets_delete_key)(rsp_self* self, rsp_ref table, rsp_term key) RSP_NODISCARD;
  rsp_result (*ets_update_counter)(rsp_self* self, int64_t* out, rsp_ref table, rsp_term key,
                                   int64_t increment, const int64_t* initial) RSP_NODISCARD;
  rsp_result (*ets_first)(rsp_self* self, rsp_term* key_out, rsp_term* value_out,
                          rsp_ref table) RSP_NODISCARD;
  rsp_result (*ets_next)(rsp_self* self, rsp_term* key_out, rsp_term* value_out, rsp_ref table,
                         rsp_term key) RSP_NODISCARD;
  rsp_result (*ets_tab2list)(rsp_self* self, rsp_term* out, rsp_ref table) RSP_NODISCARD;
  rsp_result (*ets_info)(rsp_term* out, rsp_ref table) RSP_NODISCARD;

  /* resprout/event.h */
  rsp_result (*event_spec)(rsp_start_spec* out, rsp_atom name) RSP_NODISCARD;
  rsp_result (*event_start)(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_atom name,
                            const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*event_add_handler)(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                  const rsp_event_handler* handler, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_add_sup_handler)(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                      const rsp_event_handler* handler, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_delete_handler)(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid manager,
                                     rsp_term handler, rsp_term args, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_swap_handler)(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term old,
                                   rsp_term args, const rsp_event_handler* handler,
                                   uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_swap_sup_handler)(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term old,
                                       rsp_term args, const rsp_event_handler* handler,
                                       uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_notify)(rsp_self* self, rsp_pid manager, rsp_term event) RSP_NODISCARD;
  rsp_result (*event_notify_native)(rsp_self* self, rsp_pid manager, void* payload,
                                    const rsp_native_ops* ops) RSP_NODISCARD;
  rsp_result (*event_sync_notify)(rsp_self* self, rsp_term* reason_out, rsp_pid manager, rsp_term event,
                                  uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_sync_notify_native)(rsp_self* self, rsp_term* reason_out, rsp_pid manager,
                                         void* payload, const rsp_native_ops* ops,
                                         uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_call)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid manager,
                           rsp_term handler, rsp_term request, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_call_native)(rsp_self* self, rsp_msg** out, rsp_term* reason_out, rsp_pid manager,
                                  rsp_term handler, void* payload, const rsp_native_ops* ops,
                                  uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*event_which_handlers)(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid manager,
                                     uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/pg.h */
  rsp_result (*pg_spec)(rsp_start_spec* out, rsp_atom scope) RSP_NODISCARD;
  rsp_result (*pg_start)(rsp_self* self, rsp_pid* out, rsp_term* error_out, rsp_atom scope,
                         const rsp_start_opts* start_opts) RSP_NODISCARD;
  rsp_result (*pg_join)(rsp_self* self, rsp_term* reason_out, rsp_atom scope, rsp_term group,
                        const rsp_pid* pids, size_t count) RSP_NODISCARD;
  rsp_result (*pg_leave)(rsp_self* self, rsp_term* reason_out, rsp_atom scope, rsp_term group,
                         const rsp_pid* pids, size_t count) RSP_NODISCARD;
  rsp_result (*pg_get_members)(rsp_term* out, rsp_atom scope, rsp_term group) RSP_NODISCARD;
  rsp_result (*pg_get_local_members)(rsp_term* out, rsp_atom scope, rsp_term group) RSP_NODISCARD;
  rsp_result (*pg_which_groups)(rsp_term* out, rsp_atom scope) RSP_NODISCARD;
  rsp_result (*pg_monitor)(rsp_self* self, rsp_ref* out, rsp_term* members_out, rsp_term* reason_out,
                           rsp_atom scope, rsp_term group) RSP_NODISCARD;
  rsp_result (*pg_monitor_scope)(rsp_self* self, rsp_ref* out, rsp_term* groups_out, rsp_term* reason_out,
                                 rsp_atom scope) RSP_NODISCARD;
  rsp_result (*pg_demonitor)(rsp_self* self, rsp_term* reason_out, rsp_atom scope,
                             rsp_ref ref) RSP_NODISCARD;

  /* resprout/application.h */
  rsp_result (*application_load)(rsp_self* self, rsp_term* error_out,
                                 const rsp_application_spec* spec) RSP_NODISCARD;
  rsp_result (*application_unload)(rsp_self* self, rsp_term* error_out, rsp_atom name) RSP_NODISCARD;
  rsp_result (*application_start)(rsp_self* self, rsp_term* error_out, rsp_atom name,
                                  rsp_application_type type, uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*application_ensure_all_started)(rsp_self* self, rsp_term* started_out, rsp_term* error_out,
                                               rsp_atom name, rsp_application_type type,
                                               uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*application_stop)(rsp_self* self, rsp_term* error_out, rsp_atom name,
                                 uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*application_which)(rsp_self* self, rsp_term* out) RSP_NODISCARD;
  rsp_result (*application_loaded)(rsp_self* self, rsp_term* out) RSP_NODISCARD;

  /* resprout/dictionary.h */
  rsp_result (*put)(rsp_self* self, rsp_term* previous_out, rsp_term key, rsp_term value) RSP_NODISCARD;
  rsp_result (*get)(rsp_self* self, rsp_term* out, rsp_term key) RSP_NODISCARD;
  rsp_result (*erase)(rsp_self* self, rsp_term* previous_out, rsp_term key) RSP_NODISCARD;
  rsp_result (*get_keys)(rsp_self* self, rsp_term* out) RSP_NODISCARD;

  /* resprout/process.h */
  rsp_result (*set_label)(rsp_self* self, rsp_term label) RSP_NODISCARD;
  rsp_result (*get_label)(rsp_self* self, rsp_term* out) RSP_NODISCARD;

  /* resprout/sys.h */
  rsp_result (*sys_get_status)(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid dest,
                               uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*sys_get_state)(rsp_self* self, rsp_term* out, rsp_term* reason_out, rsp_pid dest,
                              uint64_t timeout_ms) RSP_NODISCARD;
  rsp_result (*sys_trace)(rsp_self* self, rsp_term* reason_out, rsp_pid dest, bool on,
                          uint64_t timeout_ms) RSP_NODISCARD;

  /* resprout/server.h */
  rsp_result (*init_ack_later)(rsp_self* self) RSP_NODISCARD;
  rsp_result (*init_ack)(rsp_self* self) RSP_NODISCARD;

  /* resprout/report.h */
  rsp_result (*set_report_level)(rsp_report_level level) RSP_NODISCARD;

  /* resprout/supervisor.h */
  rsp_result (*supervisor_start_child_request)(rsp_self* self, rsp_ref* out, rsp_term* error_out,
                                               rsp_pid supervisor,
                                               const rsp_child_spec* child) RSP_NODISCARD;
};

/** X(function, member) for each, in the order of the table. */
#define RSP_API_MAP(X)                                                                                      \
  X(rsp_raise, raise) X(rsp_exit, exit) X(rsp_error, error) X(rsp_throw, throw_) X(rsp_try, try_)           \
  X(rsp_exception_reason, exception_reason) X(rsp_exception_free, exception_free)                           \
  X(rsp_exception_term, exception_term) X(rsp_lane_new, lane_new) X(rsp_lane_run, lane_run)                 \
  X(rsp_lane_stop, lane_stop) X(rsp_lane_post, lane_post) X(rsp_lane_free, lane_free) X(rsp_send, send)     \
  X(rsp_send_native, send_native) X(rsp_send_name, send_name) X(rsp_send_alias, send_alias)                 \
  X(rsp_reply, reply) X(rsp_reply_native, reply_native) X(rsp_msg_get_kind, msg_get_kind)                   \
  X(rsp_msg_from, msg_from) X(rsp_msg_term, msg_term) X(rsp_msg_native, msg_native)                         \
  X(rsp_msg_take_native, msg_take_native) X(rsp_msg_ref, msg_ref) X(rsp_msg_from_call, msg_from_call)       \
  X(rsp_msg_tag, msg_tag) X(rsp_msg_name, msg_name) X(rsp_msg_free, msg_free) X(rsp_receive, receive)       \
  X(rsp_send_request, send_request) X(rsp_send_request_native, send_request_native)                         \
  X(rsp_receive_response, receive_response) X(rsp_abandon_request, abandon_request) X(rsp_cast, cast)       \
  X(rsp_cast_native, cast_native) X(rsp_await, await) X(rsp_register, register_)                            \
  X(rsp_unregister, unregister) X(rsp_whereis, whereis) X(rsp_spawn, spawn) X(rsp_self_pid, self_pid)       \
  X(rsp_current, current) X(rsp_exit_signal, exit_signal) X(rsp_trap_exit, trap_exit)                       \
  X(rsp_checkpoint, checkpoint) X(rsp_is_alive, is_alive) X(rsp_alive_request, alive_request)               \
  X(rsp_process_info, process_info) X(rsp_process_info_request, process_info_request)                       \
  X(rsp_make_ref, make_ref) X(rsp_link, link) X(rsp_link_async, link_async) X(rsp_unlink, unlink)           \
  X(rsp_monitor, monitor) X(rsp_monitor_name, monitor_name) X(rsp_demonitor, demonitor) X(rsp_alias, alias) \
  X(rsp_unalias, unalias) X(rsp_set_report_sink, set_report_sink) X(rsp_result_name, result_name)           \
  X(rsp_result_message, result_message) X(rsp_runtime_start, runtime_start)                                 \
  X(rsp_runtime_stop, runtime_stop) X(rsp_runtime_is_running, runtime_is_running)                           \
  X(rsp_runtime_get_stats, runtime_get_stats) X(rsp_attach, attach) X(rsp_detach, detach)                   \
  X(rsp_server_start, server_start) X(rsp_call, call) X(rsp_call_native, call_native)                       \
  X(rsp_call_name, call_name) X(rsp_stop, stop) X(rsp_supervisor_start, supervisor_start)                   \
  X(rsp_supervisor_start_spec, supervisor_start_spec) X(rsp_supervisor_start_child, supervisor_start_child) \
  X(rsp_supervisor_which_children, supervisor_which_children) X(rsp_atom_intern, atom_intern)               \
  X(rsp_atom_name, atom_name) X(rsp_term_nil, term_nil) X(rsp_term_bool, term_bool)                         \
  X(rsp_term_int, term_int) X(rsp_term_float, term_float) X(rsp_term_atom, term_atom)                       \
  X(rsp_term_pid, term_pid) X(rsp_term_ref, term_ref) X(rsp_term_binary, term_binary)                       \
  X(rsp_term_string, term_string) X(rsp_term_tuple, term_tuple) X(rsp_term_list, term_list)                 \
  X(rsp_term_map, term_map) X(rsp_term_copy, term_copy) X(rsp_term_free, term_free)                         \
  X(rsp_term_kind, term_kind) X(rsp_term_get_bool, term_get_bool) X(rsp_term_get_int, term_get_int)         \
  X(rsp_term_get_float, term_get_float) X(rsp_term_get_atom, term_get_atom)                                 \
  X(rsp_term_get_pid, term_get_pid) X(rsp_term_get_ref, term_get_ref) X(rsp_term_get_bytes, term_get_bytes) \
  X(rsp_term_size, term_size) X(rsp_term_element, term_element) X(rsp_term_map_get, term_map_get)           \
  X(rsp_term_map_pair, term_map_pair) X(rsp_term_equal, term_equal) X(rsp_term_compare, term_compare)       \
  X(rsp_term_format, term_format) X(rsp_send_after, send_after) X(rsp_send_after_name, send_after_name)     \
  X(rsp_start_timer, start_timer) X(rsp_cancel_timer, cancel_timer) X(rsp_read_timer, read_timer)           \
  X(rsp_watch_waits, watch_waits) X(rsp_put_back, put_back) X(rsp_version_number, version_number)           \
  X(rsp_version_string, version_string) X(rsp_blocking_begin, blocking_begin)                               \
  X(rsp_blocking_end, blocking_end) X(rsp_limit_mailbox, limit_mailbox) X(rsp_is_pressed, is_pressed)       \
  X(rsp_bump_reductions, bump_reductions) X(rsp_region_alloc, region_alloc) X(rsp_region_free, region_free) \
  X(rsp_resource_add, resource_add) X(rsp_resource_remove, resource_remove) X(rsp_select, select)           \
  X(rsp_cancel_select, cancel_select) X(rsp_supervisor_count_children, supervisor_count_children)           \
  X(rsp_supervisor_terminate_child, supervisor_terminate_child)                                             \
  X(rsp_supervisor_restart_child, supervisor_restart_child)                                                 \
  X(rsp_supervisor_delete_child, supervisor_delete_child)                                                   \
  X(rsp_supervisor_get_childspec, supervisor_get_childspec)                                                 \
  X(rsp_supervisor_check_childspecs, supervisor_check_childspecs)                                           \
  X(rsp_supervisor_start_child_args, supervisor_start_child_args)                                           \
  X(rsp_send_request_name, send_request_name) X(rsp_send_request_name_native, send_request_name_native)     \
  X(rsp_wait_response, wait_response) X(rsp_check_response, check_response)                                 \
  X(rsp_msg_is_reply, msg_is_reply) X(rsp_cast_name, cast_name) X(rsp_cast_name_native, cast_name_native)   \
  X(rsp_reqids_new, reqids_new) X(rsp_reqids_free, reqids_free) X(rsp_reqids_add, reqids_add)               \
  X(rsp_reqids_send_request, reqids_send_request) X(rsp_reqids_size, reqids_size)                           \
  X(rsp_reqids_to_list, reqids_to_list) X(rsp_reqids_get, reqids_get)                                       \
  X(rsp_reqids_receive_response, reqids_receive_response) X(rsp_reqids_wait_response, reqids_wait_response) \
  X(rsp_reqids_check_response, reqids_check_response) X(rsp_node, node) X(rsp_multi_call, multi_call)       \
  X(rsp_abcast, abcast) X(rsp_registry_spec, registry_spec) X(rsp_registry_start, registry_start)           \
  X(rsp_registry_register, registry_register) X(rsp_registry_unregister, registry_unregister)               \
  X(rsp_registry_update_value, registry_update_value) X(rsp_registry_lookup, registry_lookup)               \
  X(rsp_registry_match, registry_match) X(rsp_registry_whereis, registry_whereis)                           \
  X(rsp_registry_keys, registry_keys) X(rsp_registry_count, registry_count)                                 \
  X(rsp_registry_meta, registry_meta) X(rsp_registry_put_meta, registry_put_meta)                           \
  X(rsp_registry_delete_meta, registry_delete_meta) X(rsp_send_via, send_via) X(rsp_cast_via, cast_via)     \
  X(rsp_call_via, call_via) X(rsp_set_report_contents, set_report_contents) X(rsp_run, run)                 \
  X(rsp_init_stop, init_stop) X(rsp_task_async, task_async)                                                 \
  X(rsp_task_supervisor_async, task_supervisor_async)                                                       \
  X(rsp_task_supervisor_async_nolink, task_supervisor_async_nolink) X(rsp_task_await, task_await)           \
  X(rsp_task_yield, task_yield) X(rsp_task_shutdown, task_shutdown) X(rsp_task_ignore, task_ignore)         \
  X(rsp_task_async_stream, task_async_stream) X(rsp_task_stream_next, task_stream_next)                     \
  X(rsp_task_stream_supply, task_stream_supply) X(rsp_task_stream_end_input, task_stream_end_input)         \
  X(rsp_task_stream_halt, task_stream_halt) X(rsp_agent_spec, agent_spec) X(rsp_agent_start, agent_start)   \
  X(rsp_agent_get, agent_get) X(rsp_agent_update, agent_update)                                             \
  X(rsp_agent_get_and_update, agent_get_and_update) X(rsp_agent_cast, agent_cast)                           \
  X(rsp_partition_count, partition_count) X(rsp_partition_whereis, partition_whereis)                       \
  X(rsp_partition_send, partition_send) X(rsp_partition_cast, partition_cast)                               \
  X(rsp_partition_call, partition_call) X(rsp_await_start, await_start)                                     \
  X(rsp_await_start_supervisor, await_start_supervisor) X(rsp_await_stop, await_stop)                       \
  X(rsp_supervisor_start_child_info, supervisor_start_child_info)                                           \
  X(rsp_supervisor_start_child_args_info, supervisor_start_child_args_info)                                 \
  X(rsp_supervisor_restart_child_info, supervisor_restart_child_info)                                       \
  X(rsp_call_name_native, call_name_native) X(rsp_suspend, suspend) X(rsp_suspend_request, suspend_request) \
  X(rsp_resume, resume) X(rsp_statem_next_state, statem_next_state)                                         \
  X(rsp_statem_repeat_state, statem_repeat_state) X(rsp_statem_postpone, statem_postpone)                   \
  X(rsp_statem_next_event, statem_next_event) X(rsp_statem_next_event_native, statem_next_event_native)     \
  X(rsp_statem_timeout, statem_timeout) X(rsp_statem_update_timeout, statem_update_timeout)                 \
  X(rsp_statem_cancel_timeout, statem_cancel_timeout) X(rsp_statem_state_enter, statem_state_enter)         \
  X(rsp_statem_state, statem_state) X(rsp_ets_new, ets_new) X(rsp_ets_whereis, ets_whereis)                 \
  X(rsp_ets_delete, ets_delete) X(rsp_ets_give_away, ets_give_away) X(rsp_ets_set_heir, ets_set_heir)       \
  X(rsp_ets_insert, ets_insert) X(rsp_ets_insert_new, ets_insert_new) X(rsp_ets_lookup, ets_lookup)         \
  X(rsp_ets_member, ets_member) X(rsp_ets_take, ets_take) X(rsp_ets_delete_key, ets_delete_key)             \
  X(rsp_ets_update_counter, ets_update_counter) X(rsp_ets_first, ets_first) X(rsp_ets_next, ets_next)       \
  X(rsp_ets_tab2list, ets_tab2list) X(rsp_ets_info, ets_info) X(rsp_event_spec, event_spec)                 \
  X(rsp_event_start, event_start) X(rsp_event_add_handler, event_add_handler)                               \
  X(rsp_event_add_sup_handler, event_add_sup_handler) X(rsp_event_delete_handler, event_delete_handler)     \
  X(rsp_event_swap_handler, event_swap_handler) X(rsp_event_swap_sup_handler, event_swap_sup_handler)       \
  X(rsp_event_notify, event_notify) X(rsp_event_notify_native, event_notify_native)                         \
  X(rsp_event_sync_notify, event_sync_notify) X(rsp_event_sync_notify_native, event_sync_notify_native)     \
  X(rsp_event_call, event_call) X(rsp_event_call_native, event_call_native)                                 \
  X(rsp_event_which_handlers, event_which_handlers) X(rsp_pg_spec, pg_spec) X(rsp_pg_start, pg_start)       \
  X(rsp_pg_join, pg_join) X(rsp_pg_leave, pg_leave) X(rsp_pg_get_members, pg_get_members)                   \
  X(rsp_pg_get_local_members, pg_get_local_members) X(rsp_pg_which_groups, pg_which_groups)                 \
  X(rsp_pg_monitor, pg_monitor) X(rsp_pg_monitor_scope, pg_monitor_scope) X(rsp_pg_demonitor, pg_demonitor) \
  X(rsp_application_load, application_load) X(rsp_application_unload, application_unload)                   \
  X(rsp_application_start, application_start)                                                               \
  X(rsp_application_ensure_all_started, application_ensure_all_started)                                     \
  X(rsp_application_stop, application_stop) X(rsp_application_which, application_which)                     \
  X(rsp_application_loaded, application_loaded) X(rsp_put, put) X(rsp_get, get) X(rsp_erase, erase)         \
  X(rsp_get_keys, get_keys) X(rsp_set_label, set_label) X(rsp_get_label, get_label)                         \
  X(rsp_sys_get_status, sys_get_status) X(rsp_sys_get_state, sys_get_state) X(rsp_sys_trace, sys_trace)     \
  X(rsp_init_ack_later, init_ack_later) X(rsp_init_ack, init_ack) X(rsp_set_report_level, set_report_level) \
  X(rsp_supervisor_start_child_request, supervisor_start_child_request)

/** Whether the library that made this table has the function of this member. */
#define RSP_API_HAS(api, member) RSP_HAS(rsp_api, api, member)
/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif
