// resprout/version.h
#include "resprout/version.h"

#include <gtest/gtest.h>

#include <string>

#if RSP_VERSION_NUMBER < 1000
#error "RSP_VERSION_NUMBER cannot be used by the preprocessor"
#endif

namespace {

TEST(Version, of_the_library_is_that_of_the_headers_it_was_compiled_with) {
  EXPECT_EQ(rsp_version_number(), static_cast<uint32_t>(RSP_VERSION_NUMBER));
  EXPECT_STREQ(rsp_version_string(), RSP_VERSION_STRING);
}

TEST(Version, is_the_same_in_each_form) {
  EXPECT_EQ(std::string(RSP_VERSION_STRING), std::to_string(RSP_VERSION_MAJOR) + "." +
                                                 std::to_string(RSP_VERSION_MINOR) + "." +
                                                 std::to_string(RSP_VERSION_PATCH));
  EXPECT_LT(RSP_VERSION_MINOR, 1000);
  EXPECT_LT(RSP_VERSION_PATCH, 1000);
}

}  // namespace
