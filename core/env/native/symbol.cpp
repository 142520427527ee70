// What an address is. Not by dladdr, which takes the lock that the loader holds while it runs the constructors of a
// library: code that is stuck in one would keep whoever describes it.
#include <cxxabi.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/env/stack_trace.hpp"

namespace rsp::env {
namespace {

constexpr size_t MOST_OF_NAME = 256;

/** The answer is copied: what is found lives only as long as the loader's lock is held, under which nothing may be
 * allocated. A thread that is asked for its stack may have the allocator's lock, and the unwinder of older systems waits
 * for the loader's. */
struct Question {
  uintptr_t address;
  char symbol[MOST_OF_NAME];  // empty: not known
  char module[MOST_OF_NAME];
  uintptr_t within;
  uintptr_t offset;
};

/** The part of a module's dynamic section that says what its functions are called. */
struct Symbols {
  const ElfW(Sym) * table = nullptr;
  const char* names = nullptr;
  size_t names_bytes = 0;
  size_t count = 0;
};

/** How many symbols a table of hashes is about: no other place says that. */
size_t count_of_gnu_hash(const uint32_t* hash) {
  const uint32_t bucket_count = hash[0];
  const uint32_t first = hash[1];
  const uint32_t* const buckets = hash + 4 + hash[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
  const uint32_t* const chains = buckets + bucket_count;
  uint32_t last = 0;
  for (uint32_t i = 0; i < bucket_count; ++i) {
    if (buckets[i] > last) last = buckets[i];
  }
  if (last < first) return first;
  while ((chains[last - first] & 1) == 0) ++last;
  return last + 1;
}

Symbols symbols_of(const dl_phdr_info& module, const ElfW(Dyn) * dynamic) {
  Symbols symbols;
  // The loader has made addresses of most of these, but not for the kernel's own module.
  const auto at = [&module](ElfW(Addr) place) {
    return reinterpret_cast<const void*>(place < module.dlpi_addr ? module.dlpi_addr + place : place);
  };
  for (const ElfW(Dyn)* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols.table = static_cast<const ElfW(Sym)*>(at(entry->d_un.d_ptr));
        break;
      case DT_STRTAB:
        symbols.names = static_cast<const char*>(at(entry->d_un.d_ptr));
        break;
      case DT_STRSZ:
        symbols.names_bytes = entry->d_un.d_val;
        break;
      case DT_GNU_HASH:
        symbols.count = count_of_gnu_hash(static_cast<const uint32_t*>(at(entry->d_un.d_ptr)));
        break;
      case DT_HASH:
        symbols.count = static_cast<const uint32_t*>(at(entry->d_un.d_ptr))[1];
        break;
      default:
        break;
    }
  }
  if (symbols.table == nullptr || symbols.names == nullptr) symbols.count = 0;
  return symbols;
}

const ElfW(Sym) * function_at(const Symbols& symbols, ElfW(Addr) offset) {
  for (size_t i = 0; i < symbols.count; ++i) {
    const ElfW(Sym)& symbol = symbols.table[i];
    const unsigned type = symbol.st_info & 0xf;
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
    if (offset < symbol.st_value || offset - symbol.st_value >= symbol.st_size) continue;
    if (symbol.st_name < symbols.names_bytes) return &symbol;
  }
  return nullptr;
}

void copy(char (&to)[MOST_OF_NAME], const char* text) { snprintf(to, sizeof to, "%s", text); }

const char* name_of(const dl_phdr_info& module) {
  if (module.dlpi_name == nullptr || *module.dlpi_name == '\0') return program_invocation_short_name;
  const char* const slash = strrchr(module.dlpi_name, '/');
  return slash == nullptr ? module.dlpi_name : slash + 1;
}

int find_in_module(dl_phdr_info* module, size_t, void* question_address) {
  Question& question = *static_cast<Question*>(question_address);
  const ElfW(Addr) offset = question.address - module->dlpi_addr;
  const ElfW(Dyn)* dynamic = nullptr;
  bool is_inside = false;
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && offset - segment.p_vaddr < segment.p_memsz) is_inside = true;
    if (segment.p_type == PT_DYNAMIC)
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(module->dlpi_addr + segment.p_vaddr);
  }
  if (!is_inside) return 0;
  const Symbols symbols = dynamic == nullptr ? Symbols{} : symbols_of(*module, dynamic);
  const ElfW(Sym)* const function = function_at(symbols, offset);
  if (function != nullptr) {
    copy(question.symbol, symbols.names + function->st_name);
    question.within = offset - function->st_value;
  }
  copy(question.module, name_of(*module));
  question.offset = offset;
  return 1;
}

}  // namespace

size_t describe_address(uintptr_t address, char* out, size_t capacity) noexcept {
  Question question = {};
  question.address = address;
  int wanted;
  if (dl_iterate_phdr(&find_in_module, &question) == 0) {
    // Code that was generated, or unloaded meanwhile.
    wanted = snprintf(out, capacity, "%#zx", static_cast<size_t>(address));
  } else if (question.symbol[0] == '\0') {
    wanted = snprintf(out, capacity, "%s+%#zx", question.module, static_cast<size_t>(question.offset));
  } else {
    int status = 0;
    char* const readable = abi::__cxa_demangle(question.symbol, nullptr, nullptr, &status);
    wanted =
        snprintf(out, capacity, "%s+%#zx (%s+%#zx)", readable != nullptr ? readable : question.symbol,
                 static_cast<size_t>(question.within), question.module, static_cast<size_t>(question.offset));
    free(readable);
  }
  const size_t length = wanted < 0 ? 0 : static_cast<size_t>(wanted);
  return length < capacity ? length : capacity - 1;
}

}  // namespace rsp::env
