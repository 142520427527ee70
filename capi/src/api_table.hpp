// The table of resprout/api.h, handed to the core for the native children that it loads.
#pragma once

namespace rsp::capi {

/** Any thread, any number of times; before the first child can be loaded, so at each start of a runtime. */
void publish_api_table();

}  // namespace rsp::capi
