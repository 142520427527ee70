// The root process: it stands for whoever is no process (core/proc/node.hpp), and ends what was started by
// nobody's process when the runtime stops.
//
// It drops every message but one: the order to stop, which only start_root's caller has. Then, for each
// process it keeps account of, the latest first: monitor it, send it the exit signal shutdown, await its
// DOWN, until the deadline.
#pragma once

#include <cstdint>

#include "core/env/atomic.hpp"
#include "resprout/result.h"

namespace rsp {

/** Makes the root, and reserves what the order to stop needs. One thread; only while STARTING. */
[[nodiscard]] rsp_result start_root();

/** Tells the root to end what it has started, and waits until it has, or until the deadline. Only while
 * STOPPING, once. */
void stop_started(uint64_t deadline_ns);

/** The stop of this run, under way or to come, waits for nothing any more. Once RUNNING. May be called from a signal
 * handler. */
void hurry_stop();
bool is_hurried();

/** Ends the root, when nothing else lives. */
void end_root();

}  // namespace rsp
