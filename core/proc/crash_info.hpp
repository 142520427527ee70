// What a crash report says of a process beside its reason: what it was linked to, what waited in its mailbox, and what it
// kept in its dictionary.
//
// Bounded: one that ends with a million links or messages is reported all the same.
#pragma once

#include "core/proc/process.hpp"

namespace rsp {

/** The pids of its first hundred links, in order of creation. The owner. */
Term first_links(const Process& self);

/** What its ten oldest messages say, where reports show messages. The owner. */
Term first_messages(const Process& self);

/** A hundred pairs of its dictionary, where reports show states. The owner. */
Term first_entries(const Process& self);

/** What a message says, where reports show messages (else nil): its term, or what its payload says of itself. */
Term shown_message(const Envelope& message);

/** The same for the report of an end that its handling may come to: nil where no such report is made. */
Term last_message(const Envelope& message);

}  // namespace rsp
