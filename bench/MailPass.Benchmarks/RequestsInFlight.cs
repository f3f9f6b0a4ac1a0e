using System.Diagnostics.Metrics;

namespace MailPass.Benchmarks;

/// <summary>Counts the HTTP requests in flight to one port, with the platform's own counter (<c>http.client.active_requests</c>).</summary>
internal sealed class RequestsInFlight : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private long _now;
    private long _most;

    public RequestsInFlight(int port)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "System.Net.Http" && instrument.Name == "http.client.active_requests")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "server.port" && tag.Value is int to && to == port)
                {
                    lock (_lock)
                    {
                        _now += change;
                        _most = Math.Max(_most, _now);
                    }
                }
            }
        });
        _listener.Start();
    }

    /// <summary>The most at once since <see cref="Restart"/>.</summary>
    public long Most
    {
        get
        {
            lock (_lock)
            {
                return _most;
            }
        }
    }

    /// <summary>Forgets the maximum so far.</summary>
    public void Restart()
    {
        lock (_lock)
        {
            _most = _now;
        }
    }

    public void Dispose() => _listener.Dispose();
}
