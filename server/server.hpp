#pragma once
// `parlor serve`: makes the workers, binds everything, says that it is ready, and runs until it is asked to
// stop.

#include <string>

#include "config/serve_config.hpp"

namespace parlor::server {

/// Serves until SIGTERM or SIGINT; the exit code. Standard output gets one line per bound address once all
/// are bound, "listening http://127.0.0.1:8080/" and "stun 127.0.0.1:3478"; what went wrong before that goes
/// to standard error as a sentence. Changes the signal mask of the calling thread; meant to be called once.
int serve(const config::ServeConfig& config);

}  // namespace parlor::server
