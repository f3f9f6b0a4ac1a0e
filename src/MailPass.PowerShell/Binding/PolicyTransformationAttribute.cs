using System.Collections;
using System.Management.Automation;
using System.Reflection;
using MailPass.Policy;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Accepts a policy as the path of its file or as a hashtable (<c>@{ MinimumLength = 12 }</c>). PowerShell makes no
/// object from a hashtable in constrained language, so that is done here.
/// </summary>
internal sealed class PolicyTransformationAttribute : TextTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is IDictionary settings
            ? Make(settings, engineIntrinsics)
            : base.Transform(engineIntrinsics, inputData);

    private protected override object Read(string text, EngineIntrinsics engine) =>
        PasswordPolicy.Load(engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(text));

    private static PasswordPolicy Make(IDictionary settings, EngineIntrinsics engine)
    {
        var policy = new PasswordPolicy();
        foreach (DictionaryEntry setting in settings)
        {
            var name = setting.Key.ToString() ?? string.Empty;
            var property = Array.Find(Properties(), property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentTransformationMetadataException($"A policy has no '{name}'. It has: {string.Join(", ", Properties().Select(property => property.Name))}.");
            try
            {
                property.SetValue(policy, Value(setting.Value, property.PropertyType, engine));
            }
            catch (Exception fault) when (fault is TargetInvocationException { InnerException: ArgumentException } or PSInvalidCastException or MailPassException)
            {
                throw new ArgumentTransformationMetadataException($"The policy's {property.Name} cannot be '{setting.Value}': {(fault.InnerException ?? fault).Message.Split('\n', 2)[0]}", fault);
            }
        }

        return policy;
    }

    private static PropertyInfo[] Properties() => Array.FindAll(typeof(PasswordPolicy).GetProperties(BindingFlags.Public | BindingFlags.Instance), static property => property.CanWrite);

    private static object? Value(object? value, Type type, EngineIntrinsics engine) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) is string path && type == typeof(BreachedPasswordList)
            ? BreachedPasswordList.Open(engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path))
            : value is null && Nullable.GetUnderlyingType(type) is not null ? null
            : LanguagePrimitives.ConvertTo(value, type, System.Globalization.CultureInfo.InvariantCulture);
}
