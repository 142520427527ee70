// Empty in native test programs.
#if defined(RSP_ENV_SIM) || defined(RSP_ENV_EXPLORE)

#include "tests/support/shrink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "tests/support/again.hpp"

namespace rsp::test {
namespace {

using env::control::Choices;
using env::control::NO_WISH;

constexpr uint64_t MOST_RUNS = 5000;
constexpr uint64_t LONGER =
    4;  // times as many steps as the seed's run has one of others, or it is not looked at further
constexpr uint64_t STEPS_AT_LEAST = 100'000;

uint64_t wishes_in(const Choices& choices) {
  return choices.size() - static_cast<uint64_t>(std::count(choices.begin(), choices.end(), NO_WISH));
}

void drop_the_end(Choices* choices) {
  while (!choices->empty() && choices->back() == NO_WISH) choices->pop_back();
}

class Shrinking {
 public:
  Shrinking(const SimOptions& options, const std::function<void()>& body) : options_(options), body_(body) {}

  Shrunk result() {
    Choices seeds_own;
    options_.record = &seeds_own;
    result_.before = result_.after = run_in_fork(options_, body_, Output::CAPTURED);
    if (result_.before.passed) return result_;
    symptom_ = symptom_of(result_.before);
    drop_the_end(&seeds_own);
    result_.choices = seeds_own;
    result_.choices_before = wishes_in(seeds_own);
    if (result_.before.failure.find("ended in livelock") == std::string::npos) {
      options_.max_steps = std::max(LONGER * result_.before.steps, STEPS_AT_LEAST);
    }
    // What corrupts memory may need the seed's own run.
    if (fails_alike(seeds_own)) {
      while (cut_the_end() || leave_chunks(&Shrinking::without_wishes) ||
             leave_chunks(&Shrinking::taken_out)) {
      }
    }
    result_.choices_after = wishes_in(result_.choices);
    return result_;
  }

 private:
  /// Keeps what the run has made of `wishes` if it is the same failure.
  bool fails_alike(const Choices& wishes) {
    if (result_.runs == MOST_RUNS) return false;
    ++result_.runs;
    Choices made;
    options_.replay = &wishes;
    options_.record = &made;
    ForkedRun run = run_in_fork(options_, body_, Output::CAPTURED);
    if (symptom_of(run) != symptom_) return false;
    drop_the_end(&made);
    result_.choices = std::move(made);
    result_.after = std::move(run);
    return true;
  }

  /// Fewer are better, then those of a shorter list.
  bool is_better(const Choices& wishes) {
    Choices before = result_.choices;
    ForkedRun run_before = result_.after;
    const auto weight = [](const Choices& choices) { return std::pair(wishes_in(choices), choices.size()); };
    if (!fails_alike(wishes)) return false;
    if (weight(result_.choices) < weight(before)) return true;
    result_.choices = std::move(before);
    result_.after = std::move(run_before);
    return false;
  }

  bool cut_the_end() {
    bool any = false;
    for (size_t cut = result_.choices.size() / 2; cut > 0; cut /= 2) {
      while (cut < result_.choices.size()) {
        if (!is_better(Choices(result_.choices.begin(), result_.choices.end() - static_cast<ptrdiff_t>(cut))))
          break;
        any = true;
      }
    }
    return any;
  }

  /// `change` makes a list without the wishes from the first to the last of a chunk.
  bool leave_chunks(Choices (Shrinking::*change)(uint64_t first, uint64_t count) const) {
    bool any = false;
    for (uint64_t size = std::max<uint64_t>(wishes_in(result_.choices) / 2, 1); size > 0; size /= 2) {
      for (uint64_t first = 0; first < wishes_in(result_.choices);) {
        if (is_better((this->*change)(first, size))) {
          any = true;
        } else {
          first += size;
        }
      }
    }
    return any;
  }

  [[nodiscard]] Choices without_wishes(uint64_t first, uint64_t count) const {
    Choices changed = result_.choices;
    uint64_t wish = 0;
    for (uint32_t& choice : changed) {
      if (choice == NO_WISH) continue;
      if (wish >= first && wish < first + count) choice = NO_WISH;
      ++wish;
    }
    return changed;
  }

  /// With what stands between them and the next: later wishes come earlier.
  [[nodiscard]] Choices taken_out(uint64_t first, uint64_t count) const {
    Choices changed;
    uint64_t wish = 0;  // seen so far
    for (const uint32_t choice : result_.choices) {
      if (choice != NO_WISH) ++wish;
      if (wish > first && wish <= first + count) continue;
      changed.push_back(choice);
    }
    return changed;
  }

  SimOptions options_;
  const std::function<void()>& body_;
  std::string symptom_;
  Shrunk result_;
};

/// "seed 7", and a line "place choice" for each that differs from what is chosen without a wish.
bool write_choices(const std::string& file, uint64_t seed, const Choices& choices) {
  std::ofstream out(file);
  out << "seed " << seed << '\n';
  for (size_t place = 0; place < choices.size(); ++place) {
    if (choices[place] != NO_WISH) out << place << ' ' << choices[place] << '\n';
  }
  out.flush();
  return out.good();
}

bool read_choices(const std::string& file, uint64_t* seed, Choices* choices) {
  std::ifstream in(file);
  std::string word;
  if (!(in >> word >> *seed) || word != "seed") return false;
  constexpr size_t MOST_PLACES = 100'000'000;
  size_t place = 0;
  uint32_t choice = 0;
  while (in >> place >> choice) {
    if (place < choices->size() || place >= MOST_PLACES) return false;
    choices->resize(place, NO_WISH);
    choices->push_back(choice);
  }
  return in.eof();
}

}  // namespace

std::string symptom_of(const ForkedRun& run) {
  if (run.passed) return "";
  std::string symptom = run.failure.substr(0, run.failure.find('\n'));
  const size_t outcome = symptom.find(" ended in ");
  if (symptom.rfind("seed ", 0) == 0 && outcome != std::string::npos) symptom.erase(0, outcome + 1);
  const size_t assertion = run.output.find("assertion failed: ");
  if (assertion == std::string::npos) return symptom;
  return symptom + "; " + run.output.substr(assertion, run.output.find('\n', assertion) - assertion);
}

Shrunk shrink(const SimOptions& options, const std::function<void()>& body) {
  return Shrinking(options, body).result();
}

void shrink_and_tell(const SimOptions& options, const std::string& file, const std::function<void()>& body) {
  const Shrunk shrunk = shrink(options, body);
  if (shrunk.before.passed) {
    printf("seed %llu passes: there is nothing to shrink\n", static_cast<unsigned long long>(options.seed));
    return;
  }
  ASSERT_TRUE(write_choices(file, options.seed, shrunk.choices)) << "cannot write " << file;
  ADD_FAILURE() << shrunk.after.failure << '\n'
                << shrunk.choices_before << " choices before, " << shrunk.choices_after << " after, "
                << shrunk.before.steps << " steps before, " << shrunk.after.steps << " after (" << shrunk.runs
                << " runs)\nsymptom: " << symptom_of(shrunk.after) << "\nagain: RESPROUT_CHOICES=" << file
                << ' ' << command_of_this_test();
}

void replay_choices(const std::string& file, const std::function<void()>& body) {
  SimOptions options;
  Choices choices;
  ASSERT_TRUE(read_choices(file, &options.seed, &choices)) << file << " is no list of choices";
  options.replay = &choices;
  const ForkedRun run = run_in_fork(options, body, Output::CAPTURED);
  if (run.passed) return;
  ADD_FAILURE() << run.output << run.failure << "\nsymptom: " << symptom_of(run);
}

}  // namespace rsp::test

#endif
