#include "core/env/copies.hpp"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "core/env/atomic.hpp"

// 1 while this copy runs. Named by the note below, so it has a symbol, hidden like all others.
extern "C" {
[[gnu::used, gnu::visibility("hidden")]] constinit rsp::env::Atomic<uint32_t> resprout_copy_runs{0};
}

// The note: name "resprout", type 1, and as its content the distance from the content to the word. A distance
// and not an address, so that the loader has nothing to relocate.
asm(R"(
  .pushsection .note.resprout, "a", %note
  .balign 4
  .long 9, 8, 1
  .asciz "resprout"
  .balign 4
0:
  .quad resprout_copy_runs - 0b
  .popsection
)");

namespace rsp::env {
namespace {

constexpr char NAME[] = "resprout";
constexpr uint32_t TYPE = 1;

using Word = Atomic<uint32_t>;

constexpr size_t aligned(size_t size) noexcept { return (size + 3) & ~size_t{3}; }

/** Calls visit(word) for each of our notes among the `size` bytes of notes at `at`. */
template <class Visit>
void for_each_note(const char* at, size_t size, Visit&& visit) noexcept {
  const char* const end = at + size;
  while (static_cast<size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    memcpy(&header, at, sizeof header);
    const char* const name = at + sizeof header;
    const size_t room = static_cast<size_t>(end - name);
    const size_t name_bytes = aligned(header.n_namesz);
    const size_t content_bytes = aligned(header.n_descsz);
    if (name_bytes > room || content_bytes > room - name_bytes) return;
    if (header.n_type == TYPE && header.n_namesz == sizeof NAME && memcmp(name, NAME, sizeof NAME) == 0 &&
        header.n_descsz == sizeof(int64_t)) {
      int64_t distance;
      memcpy(&distance, name + name_bytes, sizeof distance);
      visit(*reinterpret_cast<const Word*>(name + name_bytes + distance));
    }
    at = name + name_bytes + content_bytes;
  }
}

int look_at_module(dl_phdr_info* module, size_t, void* another_runs) {
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    // Notes aligned to 8 are the toolchain's own (.note.gnu.property) and laid out differently.
    if (segment.p_type != PT_NOTE || segment.p_align > 4) continue;
    const char* const notes = reinterpret_cast<const char*>(module->dlpi_addr + segment.p_vaddr);
    for_each_note(notes, segment.p_memsz, [another_runs](const Word& word) {
      if (&word == &resprout_copy_runs) return;
      // Pairs with claim_os_process of the other copy: sequentially consistent, "store mine, then load the others'".
      if (word.load(SEQ_CST) != 0) *static_cast<bool*>(another_runs) = true;
    });
  }
  return 0;
}

}  // namespace

bool claim_os_process() noexcept {
  resprout_copy_runs.store(1, SEQ_CST);  // pairs with the load in look_at_module of the other copy
  bool another_runs = false;
  dl_iterate_phdr(&look_at_module, &another_runs);
  if (another_runs) release_os_process();
  return !another_runs;
}

// Pairs with the load in look_at_module of the other copy, which may run from now on.
void release_os_process() noexcept { resprout_copy_runs.store(0, SEQ_CST); }

}  // namespace rsp::env
