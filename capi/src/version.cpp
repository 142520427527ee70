// resprout/version.h: the headers that the library was compiled with are its own.
#include "resprout/version.h"

extern "C" {

uint32_t rsp_version_number(void) { return RSP_VERSION_NUMBER; }

const char* rsp_version_string(void) { return RSP_VERSION_STRING; }

}  // extern "C"
