// What members hold: memory and resources that go with them.
#include <algorithm>
#include <cstring>

#include "tests/sim/society_words.hpp"

namespace society {

constexpr uint32_t LARGEST_PIECE = 3000;
constexpr uint32_t MOST_AT_ONCE = 4;

void Society::check_pieces(const Member& member) {
  for (const Piece& piece : member.pieces) {
    EXPECT_TRUE(std::all_of(piece.begin, piece.begin + piece.bytes, [&](unsigned char byte) {
      return byte == piece.filling;
    })) << "I14: somebody has written to it";
  }
}

void Society::release_one(void* address) {
  Member& member = *static_cast<Member*>(address);
  EXPECT_TRUE(member.is_thread || member.ended) << "I14: its state has not been dropped";
  EXPECT_FALSE(member.runs) << "I2";
  ASSERT_FALSE(member.resources.empty()) << "I14: released twice, or taken away before";
  member.resources.pop_back();
  check_pieces(member);
  if (member.resources.empty()) member.pieces.clear();  // they go next
}

void Society::hold(Member& member, rsp_self* self) {
  for (uint32_t left = 1 + below(MOST_AT_ONCE); left > 0; --left) {
    const size_t bytes = 1 + below(chance(2) ? 100 : LARGEST_PIECE);
    void* memory = nullptr;
    if (!allowed(rsp_region_alloc(self, &memory, bytes))) break;
    const auto filling = static_cast<unsigned char>(member.number + member.pieces.size());
    member.pieces.push_back(
        Piece{static_cast<unsigned char*>(std::memset(memory, filling, bytes)), bytes, filling});
  }
  check_pieces(member);
  if (!member.pieces.empty() && chance(2)) {
    const size_t index = below(static_cast<uint32_t>(member.pieces.size()));
    const Piece piece = member.pieces[index];
    if (allowed(rsp_region_free(self, piece.begin, piece.bytes)))
      member.pieces.erase(member.pieces.begin() + static_cast<std::ptrdiff_t>(index));
  }
  // Nobody but the member calls with its self, so the release cannot come between the call and the entry.
  for (uint32_t left = below(MOST_AT_ONCE); left > 0; --left) {
    rsp_resource resource = {};
    if (!allowed(rsp_resource_add(self, &resource, release_one, &member))) break;
    member.resources.push_back(resource);
  }
  if (!member.resources.empty() && chance(2)) {
    const size_t index = below(static_cast<uint32_t>(member.resources.size()));
    if (allowed(rsp_resource_remove(self, member.resources[index])))
      member.resources.erase(member.resources.begin() + static_cast<std::ptrdiff_t>(index));
  }
}

}  // namespace society
