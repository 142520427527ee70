// The names and messages of resprout/result.h, from its list.
#include "resprout/result.h"

extern "C" {

const char* rsp_result_name(rsp_result result) {
  switch (result) {
#define RSP_RESULT_NAME(name, value, message) \
  case name:                                  \
    return #name;
    RSP_RESULT_MAP(RSP_RESULT_NAME)
#undef RSP_RESULT_NAME
  }
  return "RSP_UNKNOWN";
}

const char* rsp_result_message(rsp_result result) {
  switch (result) {
#define RSP_RESULT_MESSAGE(name, value, message) \
  case name:                                     \
    return message;
    RSP_RESULT_MAP(RSP_RESULT_MESSAGE)
#undef RSP_RESULT_MESSAGE
  }
  return "not a result code of this version of the library";
}

}  // extern "C"
