// Gradients of mixtures of Gaussians.
#include "elbo_kernels.h"
#include "simd.h"

CLONES void elbo_gaussian_shares(
  size_t components, size_t latents, const float *z, size_t hStride, const float *h,
  const float *inverse, const float *share, float path, float score, float *restrict dz,
  size_t dhStride, float *restrict dh) {
  for (size_t k = 0; k < components; ++k) {
    if (!(share[k] > 0)) continue;
    const float *mean = h + k * hStride, *precision = inverse + k * latents;
    const float through = path * share[k], of = score * share[k];
    float *restrict dMean = dh + k * dhStride, *restrict dLogVariance = dMean + latents;
    for (size_t i = 0; i < latents; ++i) {
      const float gap = z[i] - mean[i];
      const float slope = gap * precision[i];
      dz[i] -= through * slope;
      dMean[i] += of * slope;
      dLogVariance[i] += 0.5f * of * (gap * slope - 1.0f);
    }
  }
}
