// resprout/lane.h over core/sched/lane.
#include "resprout/lane.h"

#include "capi/src/call.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/trampoline.hpp"
#include "core/sched/lane.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

Lane* of(rsp_lane* lane) { return reinterpret_cast<Lane*>(lane); }

/** A call of rsp_lane_post under way. */
struct Job {
  Runnable runnable;
  void (*function)(void*);
  void* argument;
};

void run_job(Runnable* runnable, Worker*) {
  Job* const job = reinterpret_cast<Job*>(runnable);
  drop_guarded(job->function, job->argument);
  mem_free_shared(job);
}

}  // namespace

extern "C" {

rsp_result rsp_lane_new(rsp_lane** out, const rsp_lane_hooks* hooks, bool exclusive) {
  rsp_lane_hooks ours;
  if (out == nullptr || hooks == nullptr || !read_struct(&ours, *hooks)) return RSP_EINVAL;
  if (ours.acquire == nullptr || ours.release == nullptr || ours.start_thread == nullptr) return RSP_EINVAL;
  void* const memory = mem_alloc_shared(sizeof(Lane));
  if (memory == nullptr) return RSP_ENOMEM;
  const LaneHooks copy{ours.acquire, ours.release, ours.start_thread, ours.ctx};
  *out = reinterpret_cast<rsp_lane*>(new (memory) Lane(copy, exclusive));
  return RSP_OK;
}

rsp_result rsp_lane_run(rsp_lane* lane) {
  if (lane == nullptr) return RSP_EINVAL;
  of(lane)->run();
  return RSP_OK;
}

void rsp_lane_stop(rsp_lane* lane) {
  if (lane != nullptr) of(lane)->stop();
}

rsp_result rsp_lane_post(rsp_lane* lane, void (*fn)(void* arg), void* arg) {
  if (lane == nullptr || fn == nullptr) return RSP_EINVAL;
  Job* const job = static_cast<Job*>(mem_alloc_shared(sizeof(Job)));
  if (job == nullptr) return RSP_ENOMEM;
  *job = Job{Runnable{nullptr, &run_job}, fn, arg};
  of(lane)->schedule(&job->runnable);
  return RSP_OK;
}

void rsp_lane_free(rsp_lane* lane) {
  if (lane == nullptr) return;
  of(lane)->~Lane();
  mem_free_shared(lane);
}

}  // extern "C"
