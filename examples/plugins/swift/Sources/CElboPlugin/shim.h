#include "../../../elbo_plugin.h"
