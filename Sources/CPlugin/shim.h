#include "../../examples/plugins/elbo_plugin.h"
