"""Trains the sunspot forecaster of this folder with Keras and stores everything that Rondo needs to repeat it.

    pip install tensorflow-cpu tf_keras statsmodels
    python train.py

Takes half a minute on a CPU. See README.md for what each written file holds.
"""

from pathlib import Path

import numpy as np
import statsmodels.datasets.sunspots as sunspots
import tf_keras as keras

HERE = Path(__file__).resolve().parent
UNITS = 32
LAST_TRAINING_YEAR = 1915  # years behind it are never seen in training: 30 % of the series
VALIDATION_YEARS = 45      # end of the training part, used to pick the number of epochs
WARM_UP = 20               # steps of each window that are not scored: the state is still filling
WINDOW = 80
COPIES = 4                 # copies of each window, scaled at random: the cycles behind the training part are higher
COPY_RANGE = (0.65, 1.35)  # than those in it
SCALE = 10.0


def scale(count):
    """The square root evens out the noise, which grows with the count. Range: 0 to about 1.4."""
    return np.sqrt(count) / SCALE


def unscale(value):
    return (SCALE * np.maximum(value, 0.0)) ** 2


def rmse(a, b):
    return float(np.sqrt(np.mean((np.asarray(a, "float64") - b) ** 2)))


def load_series():
    data = sunspots.load_pandas().data
    years = data["YEAR"].to_numpy().astype(int)
    counts = data["SUNACTIVITY"].to_numpy()
    with open(HERE / "sunspots.csv", "w", encoding="ascii") as out:
        out.write("# Yearly sunspot numbers, 1700 to 2008. Source: National Geophysical Data Center (NOAA),\n")
        out.write("# http://www.ngdc.noaa.gov/stp/solar/solarda3.html, as shipped in the Python package\n")
        out.write("# statsmodels (statsmodels.datasets.sunspots). Public domain.\n")
        out.write("year,sunspots\n")
        out.writelines(f"{year},{count:g}\n" for year, count in zip(years, counts))
    return years, counts


def build():
    """An LSTM and a linear head: one forecast a step. Any length, zero state in front."""
    x = keras.Input((None, 1))
    h, last_h, last_c = keras.layers.LSTM(
        UNITS, return_sequences=True, return_state=True, kernel_regularizer=keras.regularizers.l2(1e-4),
        recurrent_regularizer=keras.regularizers.l2(1e-4))(x)
    y = keras.layers.Dense(1)(h)
    return keras.Model(x, y), keras.Model(x, [y, last_h, last_c])


def windows(x, y):
    """All windows of the series; the warm-up steps get the weight 0."""
    starts = range(len(x) - WINDOW + 1)
    weight = np.ones((len(starts), WINDOW), "float32")
    weight[:, :WARM_UP] = 0
    cut = lambda a: np.stack([a[s:s + WINDOW] for s in starts])[..., None].astype("float32")
    return cut(x), cut(y), weight


def fit(x, y, epochs, validate=None):
    """Trains on the whole of x, y. With `validate` also returns the error on it after each epoch."""
    keras.utils.set_random_seed(1)
    train, _ = build()
    train.compile(keras.optimizers.Adam(3e-3, clipnorm=1.0), "mse")
    wx, wy, weight = windows(x, y)
    factor = np.random.default_rng(1).uniform(*COPY_RANGE, (COPIES, len(wx), 1, 1)).astype("float32")
    wx, wy, weight = np.concatenate(factor * wx), np.concatenate(factor * wy), np.tile(weight, (COPIES, 1))
    errors = []

    def on_epoch_end(_epoch, _logs):
        if validate is not None:
            every_x, every_y, first = validate
            forecast = train(every_x[None, :, None].astype("float32"))[0, first:, 0]
            errors.append(rmse(unscale(forecast), unscale(every_y[first:])))

    train.fit(wx, wy, sample_weight=weight, batch_size=16, epochs=epochs, verbose=0,
              callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)])
    return train, errors


def main():
    years, counts = load_series()
    x, y = scale(counts[:-1]), scale(counts[1:])       # input of a year, truth of the year behind it
    truth_years = years[1:]
    split = int(np.sum(truth_years <= LAST_TRAINING_YEAR))

    # Pick the number of epochs on the end of the training part, then train on all of it.
    inner = split - VALIDATION_YEARS
    _, errors = fit(x[:inner], y[:inner], 40, validate=(x[:split], y[:split], inner))
    smooth = np.convolve(errors, np.ones(5) / 5, "valid")
    epochs = int(np.argmin(smooth)) + 3
    print(f"epochs: {epochs} (validation RMSE {smooth.min():.2f})")
    train, _ = fit(x[:split], y[:split], epochs)

    # One pass over the whole series, with zero states in front.
    _, with_states = build()
    with_states.set_weights(train.get_weights())
    series = x[None, :, None].astype("float32")
    prediction, h, c = (np.asarray(a) for a in with_states(series))

    W, U, b, V, d = (np.asarray(w, "float32") for w in with_states.get_weights())
    np.savez(HERE / "weights.npz", W=W, U=U, b=b, V=V, d=d)
    np.save(HERE / "series.npy", series)
    np.save(HERE / "truth.npy", y[None, :, None].astype("float32"))
    np.save(HERE / "keras_prediction.npy", prediction)
    np.save(HERE / "keras_state_h.npy", h)
    np.save(HERE / "keras_state_c.npy", c)

    for name, part in (("training", slice(WARM_UP, split)), ("test", slice(split, None))):
        truth = counts[1:][part]
        model = rmse(unscale(prediction[0, part, 0]), truth)
        persistence = rmse(counts[:-1][part], truth)
        print(f"{name:8} {truth_years[part][0]}-{truth_years[part][-1]} ({len(truth)} years): "
              f"RMSE {model:.2f} sunspots, persistence {persistence:.2f}")


if __name__ == "__main__":
    main()
