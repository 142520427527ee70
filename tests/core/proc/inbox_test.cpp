// What a message in the mailbox and in the inbox names, so that a walk along many fetches ahead (core/base/trail.hpp).
#include "core/proc/inbox.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/proc/signal.hpp"
#include "core/proc/table.hpp"

namespace rsp {
namespace {

/// A process that nobody runs, and the messages pushed to it.
class Inbox : public testing::Test {
 protected:
  void SetUp() override { self_.mailbox.open(serial(), MailState::RUNNING); }

  void TearDown() override {
    while (Envelope* const message = pop_message(self_)) {
      if (message != self_.held) envelope_free(message);
    }
    self_.mailbox.close(self_.held);
    envelope_free_blank(static_cast<Envelope*>(self_.held));
    self_.held = nullptr;
    table_->release(self_);
  }

  /// What stands in for what there is not.
  void* mine() { return &self_.held; }

  uint32_t serial() const { return self_.serial.load(env::RELAXED); }

  Envelope* push(EnvelopeKind kind, uint64_t ref = 0) {
    Envelope* const envelope = envelope_new_plain(kind);
    if (ref != 0) {
      envelope->ref = ref;
      envelope->ref_owner = 7;
    }
    envelope->to_serial = serial();
    EXPECT_EQ(self_.mailbox.push(envelope, self_.serial, serial(), true), Pushed::QUEUED);
    return envelope;
  }

  const std::unique_ptr<ProcessTable> table_ = std::make_unique<ProcessTable>(0);
  Process& self_ = *table_->acquire();
};

TEST_F(Inbox, names_what_a_walk_reaches_later) {
  constexpr size_t COUNT = size_t{5} * Trail::LENGTH;
  std::vector<Envelope*> sent;
  for (size_t i = 0; i < COUNT; ++i) {
    sent.push_back(push(EnvelopeKind::MESSAGE));
    // It is taken newest first.
    if (i < Trail::LENGTH) continue;
    ASSERT_EQ(sent[i]->ahead, sent[i - Trail::LENGTH]) << i;
  }
  ASSERT_TRUE(receive_signals(self_));
  size_t i = 0;
  for (const Envelope* message = self_.inbox_first; message != nullptr;
       message = static_cast<Envelope*>(message->next), ++i) {
    ASSERT_EQ(message, sent[i]);
    EXPECT_EQ(message->ahead, i + Trail::LENGTH < COUNT ? sent[i + Trail::LENGTH] : mine()) << i;
  }
  EXPECT_EQ(i, COUNT);
}

TEST_F(Inbox, of_a_message_alone_names_what_is_in_the_cache) {
  const auto receive_one = [&](EnvelopeKind kind) {
    Envelope* const one = push(kind);
    ASSERT_TRUE(receive_signals(self_));
    EXPECT_EQ(self_.inbox_last, one);
    EXPECT_EQ(one->ahead, mine());
  };
  receive_one(EnvelopeKind::MESSAGE);
  self_.flags |= process_flag::TRAP_EXIT;
  receive_one(EnvelopeKind::EXIT_SIGNAL);
  self_.await_ref = 99;
  self_.flags |= process_flag::AWAITING;
  receive_one(EnvelopeKind::MESSAGE);
  self_.flags &= ~process_flag::AWAITING;
}

TEST_F(Inbox, leaves_the_owner_of_a_reference_alone) {
  std::vector<Envelope*> sent;
  for (uint64_t i = 0; i < uint64_t{2} * Trail::LENGTH; ++i) {
    sent.push_back(push(EnvelopeKind::MESSAGE));
    sent.push_back(push(EnvelopeKind::TIMER, i + 1));
  }
  ASSERT_TRUE(receive_signals(self_));
  size_t i = 0;
  for (const Envelope* message = self_.inbox_first; message != nullptr;
       message = static_cast<Envelope*>(message->next), ++i) {
    ASSERT_EQ(message, sent[i]);
    if (message->ref != 0) {
      EXPECT_EQ(message->ref_owner, 7u) << i;
    } else {
      EXPECT_EQ(message->ahead, i + Trail::LENGTH < sent.size() ? sent[i + Trail::LENGTH] : mine()) << i;
    }
  }
  EXPECT_EQ(i, sent.size());
}

}  // namespace
}  // namespace rsp
